// panic: the end of the road, with everything that helps to find out why.
#pragma once

#include <pegplan/format.hpp>

namespace pegplan {

namespace kernel {
[[noreturn, gnu::cold]] void vpanic(const std::source_location& where, std::string_view format,
                                    std::span<const format_detail::Argument> arguments) noexcept;

/// What a check calls that has failed: like `panic`, with the parts of the format string in registers, which is the shortest call.
template <class... Arguments>
[[noreturn, gnu::cold, gnu::noinline]] void panic_at(std::string_view text, std::source_location where,
                                                     const Arguments&... arguments) noexcept
{
    const format_detail::Argument erased[] = {format_detail::erase(arguments)..., format_detail::erase(false)};
    vpanic(where, text, std::span{erased, sizeof...(Arguments)});
}
}  // namespace kernel

/// Prints the message, where it happened, the registers, the thread and a stack trace, and ends the machine with
/// exit code 255. Callable from anywhere. Does not return.
template <class... Arguments>
[[noreturn, gnu::cold, gnu::noinline]] void panic(FormatString<Arguments...> format, const Arguments&... arguments) noexcept
{
    const format_detail::Argument erased[] = {format_detail::erase(arguments)..., format_detail::erase(false)};
    kernel::vpanic(format.location, format.text, std::span{erased, sizeof...(Arguments)});
}

}  // namespace pegplan
