// print: formatted text on the board's console.
#pragma once

#include <pegplan/config/observe.hpp>
#include <pegplan/format.hpp>

namespace pegplan {

namespace kernel {
void vprint(std::string_view format, std::span<const format_detail::Argument> arguments) noexcept;
}

/// Writes formatted text (see <pegplan/format.hpp>). What one call writes is never mixed with another thread's. May
/// block while another thread prints; from an interrupt handler it does not, and the text of a handler that
/// interrupted somebody's printing follows behind that. Without CONSOLE it does nothing.
template <class... Arguments>
void print(FormatString<Arguments...> format, const Arguments&... arguments) noexcept
{
    if constexpr (config::console) {
        const format_detail::Argument erased[] = {format_detail::erase(arguments)..., format_detail::erase(false)};
        kernel::vprint(format.text, std::span{erased, sizeof...(Arguments)});
    }
}

}  // namespace pegplan
