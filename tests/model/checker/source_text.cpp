// What the source says at a place.
#include "source_text.hpp"

#include <cctype>
#include <fstream>
#include <map>
#include <vector>

namespace pegplan::model {

namespace {

const std::vector<std::string>& lines_of(const std::string& file)
{
    static std::map<std::string, std::vector<std::string>> cache;
    const auto [entry, is_new] = cache.try_emplace(file);
    if (is_new) {
        std::ifstream stream{file};
        for (std::string line; std::getline(stream, line);) {
            entry->second.push_back(line);
        }
    }
    return entry->second;
}

std::string raw_line(const std::string& file, unsigned line)
{
    const std::vector<std::string>& lines = lines_of(file);
    return line >= 1 && line <= lines.size() ? lines[line - 1] : std::string{};
}

bool is_name_character(char character)
{
    return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_';
}

/// The name that ends right before `end`; an index in brackets behind it is kept.
std::string name_before(std::string_view text, std::size_t end)
{
    std::size_t begin = end;
    if (begin > 0 && text[begin - 1] == ']') {
        begin = text.rfind('[', begin);
        if (begin == std::string_view::npos) {
            return {};
        }
    }
    while (begin > 0 && is_name_character(text[begin - 1])) {
        --begin;
    }
    return std::string{text.substr(begin, end - begin)};
}

}  // namespace

std::string source_line(const std::string& file, unsigned line)
{
    const std::string text = raw_line(file, line);
    const std::size_t begin = text.find_first_not_of(" \t");
    return begin == std::string::npos ? std::string{} : text.substr(begin);
}

std::string object_in_source(const std::string& file, unsigned line, unsigned column, std::string_view method)
{
    const std::string text = raw_line(file, line);
    if (method == "wait_until") {
        const std::size_t call = text.find("wait_until(");
        if (call == std::string::npos) {
            return {};
        }
        const std::size_t begin = call + std::string_view{"wait_until("}.size();
        const std::size_t end = text.find_first_of(",)", begin);
        return end == std::string::npos ? std::string{} : name_before(text, end);
    }
    // One compiler gives the column where the expression begins, the other one that of the parenthesis. The first call
    // that ends behind the column is meant either way.
    const std::string call = std::string{method} + '(';
    for (std::size_t found = text.find(call); found != std::string::npos; found = text.find(call, found + 1)) {
        const std::size_t parenthesis = found + call.size();  // counted from 1, as columns are
        if (parenthesis < column) {
            continue;
        }
        if (found >= 1 && text[found - 1] == '.') {
            return name_before(text, found - 1);
        }
        if (found >= 2 && text.compare(found - 2, 2, "->") == 0) {
            return name_before(text, found - 2);
        }
    }
    return {};
}

std::string bare_function_name(std::string_view pretty)
{
    // The parenthesis of the parameters is the first one outside of angle brackets that stands behind a name. Others
    // are those of "(anonymous namespace)".
    int depth = 0;
    std::size_t end = 0;
    while (end < pretty.size() &&
           !(pretty[end] == '(' && depth == 0 && end > 0 && is_name_character(pretty[end - 1]))) {
        depth += pretty[end] == '<' ? 1 : pretty[end] == '>' ? -1 : 0;
        ++end;
    }
    std::size_t begin = end;
    while (begin > 0 && is_name_character(pretty[begin - 1])) {
        --begin;
    }
    return std::string{pretty.substr(begin, end - begin)};
}

std::string short_path(std::string_view file)
{
    for (const std::string_view top : {"/core/", "/tests/", "/arch/"}) {
        if (const std::size_t found = file.rfind(top); found != std::string_view::npos) {
            return std::string{file.substr(found + 1)};
        }
    }
    return std::string{file};
}

std::string place_of(const std::source_location& where)
{
    return short_path(where.file_name()) + ":" + std::to_string(where.line());
}

}  // namespace pegplan::model
