// Formatting in the manner of std::format, without a heap: the format string is checked when it is compiled, the
// arguments are erased to small tagged values, and the text goes to a sink a piece at a time.
//
// Replacement fields: {} or {:[[fill]align][sign][#][0][width][.precision][type]}, with align one of < > ^, sign +,
// type one of d x X b o (integers, and pointers in hex), c (char), s (text, bool), f (floating point, fixed; six digits unless
// a precision says otherwise). {{ and }} are braces. Arguments are taken in order.
//
// A type of one's own is printed by specialising `Formatter<T>` with
//     static void format(FormatSink& sink, const T& value, const FormatSpec& spec);
#pragma once

#include <pegplan/types.hpp>
#include <pegplan/error.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>
#include <string_view>
#include <type_traits>

namespace pegplan {

/// Collects characters in a buffer and hands it on when it is full.
class FormatSink {
public:
    using Flush = void (*)(FormatSink& sink, std::span<const char> text);

    constexpr FormatSink(std::span<char> buffer, Flush on_flush) noexcept : buffer_{buffer}, flush_{on_flush} {}
    FormatSink(const FormatSink&) = delete;
    FormatSink& operator=(const FormatSink&) = delete;

    void put(char character) noexcept
    {
        if (used_ == buffer_.size()) {
            flush();
        }
        buffer_[used_++] = character;
    }

    void write(std::string_view text) noexcept
    {
        for (char character : text) {
            put(character);
        }
    }

    void fill(char character, std::size_t count) noexcept
    {
        while (count-- > 0) {
            put(character);
        }
    }

    /// Hands on what is buffered.
    void flush() noexcept
    {
        const std::size_t count = used_;
        used_ = 0;
        if (count > 0) {
            flush_(*this, buffer_.first(count));
        }
    }

private:
    std::span<char> buffer_;
    Flush flush_;
    std::size_t used_ = 0;
};

/// What stands behind the colon of a replacement field.
struct FormatSpec {
    char fill = ' ';
    char align = '\0';     ///< '<', '>', '^', or '\0' for the type's own: numbers right, text left
    char type = '\0';      ///< '\0' for the type's own
    bool plus = false;     ///< a sign for positive numbers too
    bool alternate = false;  ///< 0x, 0b, 0 before the digits
    bool zero = false;     ///< pad numbers with zeros behind the sign
    int width = 0;
    int precision = -1;
};

/// How a type is printed. Specialise it for types of your own.
template <class T>
struct Formatter;

namespace format_detail {

template <class T>
concept HasFormatter = requires(FormatSink& sink, const T& value, const FormatSpec& spec) {
    Formatter<T>::format(sink, value, spec);
};

using CustomFormat = void (*)(FormatSink& sink, const void* value, const FormatSpec& spec);

/// One argument, erased.
struct Argument {
    enum class Kind : std::uint8_t { boolean, character, signed_integer, unsigned_integer, text, pointer, custom };

    struct Custom {
        const void* value;
        CustomFormat format;
    };

    Kind kind;
    union {
        bool boolean;
        char character;
        std::int64_t signed_integer;
        std::uint64_t unsigned_integer;
        std::string_view text;
        const void* pointer;
        Custom custom;
    };
};

template <class T>
constexpr Argument erase(const T& value) noexcept
{
    using Kind = Argument::Kind;
    if constexpr (std::is_null_pointer_v<T>) {
        return {.kind = Kind::pointer, .pointer = nullptr};
    } else if constexpr (std::same_as<T, bool>) {
        return {.kind = Kind::boolean, .boolean = value};
    } else if constexpr (std::same_as<T, char>) {
        return {.kind = Kind::character, .character = value};
    } else if constexpr (std::signed_integral<T>) {
        return {.kind = Kind::signed_integer, .signed_integer = value};
    } else if constexpr (std::unsigned_integral<T>) {
        return {.kind = Kind::unsigned_integer, .unsigned_integer = value};
    } else if constexpr (std::same_as<std::decay_t<T>, const char*> || std::same_as<std::decay_t<T>, char*>) {
        const char* text = value;
        return {.kind = Kind::text, .text = text != nullptr ? std::string_view{text} : std::string_view{"(null)"}};
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        return {.kind = Kind::text, .text = value};
    } else if constexpr (HasFormatter<T>) {
        return {.kind = Kind::custom,
                .custom = {&value, [](FormatSink& sink, const void* erased, const FormatSpec& spec) {
                               Formatter<T>::format(sink, *static_cast<const T*>(erased), spec);
                           }}};
    } else if constexpr (std::is_pointer_v<T>) {
        return {.kind = Kind::pointer, .pointer = value};
    } else {
        static_assert(HasFormatter<T>, "print: specialise pegplan::Formatter for this type");
    }
}

// Called where a format string is wrong; not constexpr, so that the compiler names it in its error.
void format_string_error(const char* what);

constexpr bool is_digit(char character) noexcept
{
    return character >= '0' && character <= '9';
}

/// Parses the spec between `{:` and `}` at `position`; leaves `position` behind it.
constexpr FormatSpec parse_spec(std::string_view format, std::size_t& position) noexcept
{
    FormatSpec spec;
    const auto at = [&](std::size_t index) { return index < format.size() ? format[index] : '\0'; };
    const auto is_align = [](char character) { return character == '<' || character == '>' || character == '^'; };
    if (is_align(at(position + 1)) && at(position) != '}') {
        spec.fill = at(position);
        spec.align = at(position + 1);
        position += 2;
    } else if (is_align(at(position))) {
        spec.align = at(position++);
    }
    if (at(position) == '+') {
        spec.plus = true;
        ++position;
    }
    if (at(position) == '#') {
        spec.alternate = true;
        ++position;
    }
    if (at(position) == '0') {
        spec.zero = true;
        ++position;
    }
    while (is_digit(at(position))) {
        spec.width = spec.width * 10 + (at(position++) - '0');
    }
    if (at(position) == '.') {
        ++position;
        spec.precision = 0;
        while (is_digit(at(position))) {
            spec.precision = spec.precision * 10 + (at(position++) - '0');
        }
    }
    if (at(position) != '}' && at(position) != '\0') {
        spec.type = at(position++);
    }
    return spec;
}

/// The conversions that a type allows.
template <class T>
constexpr std::string_view types_of() noexcept
{
    if constexpr (std::is_null_pointer_v<T>) {
        return "x";
    } else if constexpr (std::same_as<T, bool>) {
        return "sd";
    } else if constexpr (std::same_as<T, char>) {
        return "cdx";
    } else if constexpr (std::integral<T>) {
        return "dxXboc";
    } else if constexpr (std::floating_point<T>) {
        return "f";
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        return "s";
    } else if constexpr (std::is_pointer_v<T>) {
        return "x";
    } else {
        return "sdxXboc";  // handed to the type's own formatter
    }
}

template <class... Arguments>
consteval void check(std::string_view format)
{
    // One entry more than arguments, so that the array is never empty.
    constexpr std::string_view types[] = {types_of<std::remove_cvref_t<Arguments>>()..., ""};
    std::size_t used = 0;
    for (std::size_t position = 0; position < format.size();) {
        const char character = format[position++];
        if (character == '}') {
            if (position >= format.size() || format[position] != '}') {
                format_string_error("a single } in the format string; write }}");
            }
            ++position;
        } else if (character == '{') {
            if (position < format.size() && format[position] == '{') {
                ++position;
                continue;
            }
            if (used >= sizeof...(Arguments)) {
                format_string_error("more replacement fields than arguments");
            }
            FormatSpec spec;
            if (position < format.size() && format[position] == ':') {
                spec = parse_spec(format, ++position);
            }
            if (position >= format.size() || format[position] != '}') {
                format_string_error("a replacement field must read {} or {:spec}");
            }
            if (spec.type != '\0' && types[used].find(spec.type) == std::string_view::npos) {
                format_string_error("the argument's type does not have this conversion");
            }
            ++position;
            ++used;
        }
    }
    if (used < sizeof...(Arguments)) {
        format_string_error("more arguments than replacement fields");
    }
}

}  // namespace format_detail

/// A format string that has been checked against its arguments, and where it stands.
template <class... Arguments>
struct BasicFormatString {
    template <std::convertible_to<std::string_view> Text>
    consteval BasicFormatString(const Text& literal, std::source_location where = std::source_location::current())
        : text{literal}, location{where}
    {
        format_detail::check<Arguments...>(text);
    }

    std::string_view text;
    std::source_location location;
};

template <class... Arguments>
using FormatString = BasicFormatString<std::type_identity_t<Arguments>...>;

namespace format_detail {

void format_integer(FormatSink& sink, std::uint64_t magnitude, bool negative, const FormatSpec& spec) noexcept;
void format_number(FormatSink& sink, std::string_view digits, bool negative, const FormatSpec& spec) noexcept;
void format_text(FormatSink& sink, std::string_view text, const FormatSpec& spec) noexcept;

}  // namespace format_detail

/// Formats into a sink. The sink is not flushed.
void vformat_to(FormatSink& sink, std::string_view format, std::span<const format_detail::Argument> arguments) noexcept;

template <class... Arguments>
void format_to(FormatSink& sink, FormatString<Arguments...> format, const Arguments&... arguments) noexcept
{
    const format_detail::Argument erased[] = {format_detail::erase(arguments)..., format_detail::erase(false)};
    vformat_to(sink, format.text, std::span{erased, sizeof...(Arguments)});
}

/// Formats into `buffer`, cuts what does not fit, and returns the part that was written.
std::string_view vformat_into(std::span<char> buffer, std::string_view format,
                              std::span<const format_detail::Argument> arguments) noexcept;

template <class... Arguments>
std::string_view format_into(std::span<char> buffer, FormatString<Arguments...> format,
                             const Arguments&... arguments) noexcept
{
    const format_detail::Argument erased[] = {format_detail::erase(arguments)..., format_detail::erase(false)};
    return vformat_into(buffer, format.text, std::span{erased, sizeof...(Arguments)});
}

// ---- formatters of the types that interfaces speak in -----------------------------------------------------------

template <>
struct Formatter<Error> {
    static void format(FormatSink& sink, Error error, const FormatSpec& spec) noexcept
    {
        format_detail::format_text(sink, name_of(error), spec);
    }
};

template <>
struct Formatter<Priority> {
    static void format(FormatSink& sink, Priority priority, const FormatSpec& spec) noexcept
    {
        const auto level = static_cast<std::int64_t>(priority.level());
        format_detail::format_integer(sink, static_cast<std::uint64_t>(level < 0 ? -level : level), level < 0, spec);
    }
};

template <>
struct Formatter<ThreadId> {
    static void format(FormatSink& sink, ThreadId id, const FormatSpec& spec) noexcept
    {
        format_detail::format_integer(sink, id.value(), false, spec);
    }
};

template <>
struct Formatter<CpuId> {
    static void format(FormatSink& sink, CpuId cpu, const FormatSpec& spec) noexcept
    {
        format_detail::format_integer(sink, cpu.index(), false, spec);
    }
};

/// Durations of integers: the count and the unit, e.g. "15ms".
template <std::integral Rep, class Period>
struct Formatter<std::chrono::duration<Rep, Period>> {
    static void format(FormatSink& sink, std::chrono::duration<Rep, Period> duration, const FormatSpec& spec) noexcept
    {
        const auto count = static_cast<std::int64_t>(duration.count());
        format_detail::format_integer(sink, static_cast<std::uint64_t>(count < 0 ? -count : count), count < 0, spec);
        if constexpr (std::same_as<Period, std::nano>) {
            sink.write("ns");
        } else if constexpr (std::same_as<Period, std::micro>) {
            sink.write("us");
        } else if constexpr (std::same_as<Period, std::milli>) {
            sink.write("ms");
        } else if constexpr (std::same_as<Period, std::ratio<1>>) {
            sink.write("s");
        } else if constexpr (std::same_as<Period, std::ratio<60>>) {
            sink.write("min");
        } else if constexpr (std::same_as<Period, std::ratio<3600>>) {
            sink.write("h");
        } else {
            format_to(sink, "[{}/{}]s", static_cast<std::int64_t>(Period::num), static_cast<std::int64_t>(Period::den));
        }
    }
};

/// Fixed notation, rounded half away from zero. Lives in the header, so that it is compiled with the application, which may use
/// floating point; the kernel may not.
template <std::floating_point Float>
struct Formatter<Float> {
    static void format(FormatSink& sink, Float value, const FormatSpec& spec) noexcept
    {
        constexpr int most_digits = 15;
        constexpr Float too_large = static_cast<Float>(1e18);
        bool negative = value < 0;
        if (negative) {
            value = -value;
        }
        if (value != value || value >= too_large) {
            format_detail::format_text(sink, value != value ? "nan" : negative ? "-huge" : "huge", spec);
            return;
        }
        const int digits = spec.precision < 0 ? 6 : spec.precision > most_digits ? most_digits : spec.precision;
        std::uint64_t scale = 1;
        for (int digit = 0; digit < digits; ++digit) {
            scale *= 10;
        }
        auto whole = static_cast<std::uint64_t>(value);
        auto fraction = static_cast<std::uint64_t>((value - static_cast<Float>(whole)) * static_cast<Float>(scale) +
                                                   static_cast<Float>(0.5));
        if (fraction >= scale) {
            ++whole;
            fraction -= scale;
        }
        // From the last digit to the first: at most 15 behind the point and 19 before it.
        char buffer[40];
        std::size_t begin = sizeof buffer;
        for (int digit = 0; digit < digits; ++digit, fraction /= 10) {
            buffer[--begin] = static_cast<char>('0' + fraction % 10);
        }
        if (digits > 0) {
            buffer[--begin] = '.';
        }
        do {
            buffer[--begin] = static_cast<char>('0' + whole % 10);
            whole /= 10;
        } while (whole != 0);
        format_detail::format_number(sink, {buffer + begin, sizeof buffer - begin}, negative, spec);
    }
};

}  // namespace pegplan
