// The console without its lock, for panics and for whoever holds the lock.
#pragma once

#include <pegplan/format.hpp>

namespace pegplan::kernel {

/// Writes formatted text at once, whoever else is writing. From anywhere; polls the device.
void vprint_unlocked(std::string_view format, std::span<const format_detail::Argument> arguments) noexcept;

template <class... Arguments>
void print_unlocked(FormatString<Arguments...> format, const Arguments&... arguments) noexcept
{
    const format_detail::Argument erased[] = {format_detail::erase(arguments)..., format_detail::erase(false)};
    vprint_unlocked(format.text, std::span{erased, sizeof...(Arguments)});
}

}  // namespace pegplan::kernel
