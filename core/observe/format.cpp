// The part of formatting that does not depend on the arguments' types.
#include <pegplan/format.hpp>

namespace pegplan {

namespace format_detail {

namespace {

/// Writes `body` (with `prefix` before it) padded to the spec's width.
void pad(FormatSink& sink, std::string_view prefix, std::string_view body, const FormatSpec& spec,
         char default_align) noexcept
{
    const std::size_t length = prefix.size() + body.size();
    const std::size_t width = spec.width > 0 ? static_cast<std::size_t>(spec.width) : 0;
    const std::size_t padding = width > length ? width - length : 0;
    const char align = spec.align != '\0' ? spec.align : default_align;
    const bool zeros = spec.zero && spec.align == '\0' && default_align == '>';
    const std::size_t before = zeros || align == '<' ? 0 : align == '^' ? padding / 2 : padding;
    sink.fill(spec.fill, before);
    sink.write(prefix);
    if (zeros) {
        sink.fill('0', padding);
    }
    sink.write(body);
    sink.fill(spec.fill, zeros ? 0 : padding - before);
}

}  // namespace

void format_text(FormatSink& sink, std::string_view text, const FormatSpec& spec) noexcept
{
    FormatSpec text_spec = spec;
    text_spec.zero = false;
    pad(sink, {}, spec.precision >= 0 ? text.substr(0, static_cast<std::size_t>(spec.precision)) : text, text_spec, '<');
}

void format_number(FormatSink& sink, std::string_view digits, bool negative, const FormatSpec& spec) noexcept
{
    const std::string_view sign = negative ? "-" : spec.plus ? "+" : "";
    pad(sink, sign, digits, spec, '>');
}

void format_integer(FormatSink& sink, std::uint64_t magnitude, bool negative, const FormatSpec& spec) noexcept
{
    if (spec.type == 'c') {
        const char character = static_cast<char>(magnitude);
        format_text(sink, {&character, 1}, spec);
        return;
    }
    const bool hexadecimal = spec.type == 'x' || spec.type == 'X';
    const unsigned base = hexadecimal ? 16 : spec.type == 'b' ? 2 : spec.type == 'o' ? 8 : 10;
    const char* const digits = spec.type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char buffer[64];  // a 64-bit number in base 2
    std::size_t begin = sizeof buffer;
    do {
        buffer[--begin] = digits[magnitude % base];
        magnitude /= base;
    } while (magnitude != 0);

    char prefix[3];
    std::size_t prefix_length = 0;
    if (negative || spec.plus) {
        prefix[prefix_length++] = negative ? '-' : '+';
    }
    if (spec.alternate && base != 10) {
        prefix[prefix_length++] = '0';
        if (base != 8) {
            prefix[prefix_length++] = spec.type;
        }
    }
    pad(sink, {prefix, prefix_length}, {buffer + begin, sizeof buffer - begin}, spec, '>');
}

namespace {

void format_argument(FormatSink& sink, const Argument& argument, FormatSpec spec) noexcept
{
    switch (argument.kind) {
    case Argument::Kind::boolean:
        if (spec.type == 'd') {
            format_integer(sink, argument.boolean ? 1 : 0, false, spec);
        } else {
            format_text(sink, argument.boolean ? "true" : "false", spec);
        }
        break;
    case Argument::Kind::character:
        if (spec.type == '\0') {
            spec.type = 'c';
        }
        format_integer(sink, static_cast<unsigned char>(argument.character), false, spec);
        break;
    case Argument::Kind::signed_integer: {
        const bool negative = argument.signed_integer < 0;
        const auto bits = static_cast<std::uint64_t>(argument.signed_integer);
        format_integer(sink, negative ? ~bits + 1 : bits, negative, spec);
        break;
    }
    case Argument::Kind::unsigned_integer: format_integer(sink, argument.unsigned_integer, false, spec); break;
    case Argument::Kind::text: format_text(sink, argument.text, spec); break;
    case Argument::Kind::pointer:
        spec.type = 'x';
        spec.alternate = true;
        format_integer(sink, reinterpret_cast<std::uintptr_t>(argument.pointer), false, spec);
        break;
    case Argument::Kind::custom: argument.custom.format(sink, argument.custom.value, spec); break;
    }
}

}  // namespace

}  // namespace format_detail

void vformat_to(FormatSink& sink, std::string_view format, std::span<const format_detail::Argument> arguments) noexcept
{
    // The string has been checked at compile time: fields are well formed and there are as many as arguments.
    auto argument = arguments.begin();
    for (std::size_t position = 0; position < format.size();) {
        const char character = format[position++];
        if (character == '{' && format[position] != '{') {
            FormatSpec spec;
            if (format[position] == ':') {
                spec = format_detail::parse_spec(format, ++position);
            }
            ++position;  // the closing brace
            format_detail::format_argument(sink, *argument++, spec);
        } else {
            position += character == '{' || character == '}' ? 1 : 0;  // doubled braces
            sink.put(character);
        }
    }
}

std::string_view vformat_into(std::span<char> buffer, std::string_view format,
                              std::span<const format_detail::Argument> arguments) noexcept
{
    // Each flush appends as much as still fits; the rest is dropped.
    struct IntoBuffer : FormatSink {
        IntoBuffer(std::span<char> staging, std::span<char> target) noexcept
            : FormatSink{staging, &IntoBuffer::append}, rest{target}
        {
        }
        static void append(FormatSink& sink, std::span<const char> text) noexcept
        {
            auto& self = static_cast<IntoBuffer&>(sink);
            for (char character : text) {
                if (self.written < self.rest.size()) {
                    self.rest[self.written++] = character;
                }
            }
        }
        std::span<char> rest;
        std::size_t written = 0;
    };
    char staging[16];
    IntoBuffer sink{staging, buffer};
    vformat_to(sink, format, arguments);
    sink.flush();
    return {buffer.data(), sink.written};
}

}  // namespace pegplan
