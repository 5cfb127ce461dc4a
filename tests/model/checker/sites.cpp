// The places in the source that give a memory order.
#include "program.hpp"
#include "source_text.hpp"

#include <algorithm>
#include <tuple>

namespace pegplan::model {

std::string Site::text() const
{
    std::string result = function + ": ";
    if (!object.empty()) {
        result += object + ".";
    }
    result += name_of(operation);
    if (is_compare_exchange(operation)) {
        result += on_failure ? " failure" : " success";
    }
    return result + " " + std::string{name_of(order)};
}

void Sites::record(const Request& request, bool on_failure)
{
    const auto key = std::make_pair(static_cast<const void*>(request.where.file_name()),
                                    std::make_pair(request.where.line(), request.where.column()));
    std::vector<std::pair<Request, bool>>& here = found_[key];
    for (const auto& [known, known_failure] : here) {
        if (known.operation == request.operation && known_failure == on_failure) {
            return;
        }
    }
    here.emplace_back(request, on_failure);
}

std::vector<Site> Sites::all() const
{
    std::vector<Site> result;
    for (const auto& [key, requests] : found_) {
        for (const auto& [request, on_failure] : requests) {
            Site site;
            site.file = request.where.file_name();
            site.line = request.where.line();
            site.column = request.where.column();
            site.function = bare_function_name(request.where.function_name());
            site.operation = request.operation;
            site.on_failure = on_failure;
            site.order = on_failure ? request.failure_order : request.order;
            site.object = object_in_source(site.file, site.line, site.column, name_of(site.operation));
            result.push_back(std::move(site));
        }
    }
    const auto place = [](const Site& site) {
        return std::tie(site.file, site.line, site.column, site.operation, site.on_failure);
    };
    std::sort(result.begin(), result.end(), [&](const Site& a, const Site& b) { return place(a) < place(b); });
    // A header that several translation units include has several file names that read the same.
    const auto same = [&](const Site& a, const Site& b) { return place(a) == place(b); };
    result.erase(std::unique(result.begin(), result.end(), same), result.end());
    return result;
}

}  // namespace pegplan::model
