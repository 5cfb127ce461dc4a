// The unit tests' main(), and what the kernel's pure parts need of a kernel: somewhere to panic to.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "panics.hpp"

#include <pegplan/panic.hpp>
#include <pegplan/result.hpp>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace pegplan::kernel {

void vpanic(const std::source_location& where, std::string_view format,
            std::span<const format_detail::Argument> arguments) noexcept
{
    char buffer[256];
    const std::string_view text = vformat_into(buffer, format, arguments);
    if (std::jmp_buf* const expected = std::exchange(panics::target, nullptr)) {
        panics::message = text;
        std::longjmp(*expected, 1);
    }
    std::fprintf(stderr, "panic: %.*s at %s:%u\n", static_cast<int>(text.size()), text.data(), where.file_name(),
                 static_cast<unsigned>(where.line()));
    std::abort();
}

void result_misused(const Error*) noexcept
{
    panic("a Result was misused");
}

}  // namespace pegplan::kernel
