// What the kernel's checks do in a model test: they fail the execution.
#include "checker/run.hpp"

#include <pegplan/panic.hpp>
#include <pegplan/result.hpp>

#include <cstdlib>

namespace pegplan::kernel {

void vpanic(const std::source_location& where, std::string_view format,
            std::span<const format_detail::Argument> arguments) noexcept
{
    char buffer[256];
    const std::string_view text = vformat_into(buffer, format, arguments);
    model::Run::current().fail(model::FailureKind::assertion, std::string{text}, where);
    std::abort();  // the thread of a failed run is not resumed
}

void result_misused(const Error*) noexcept
{
    panic("a Result was misused");
}

}  // namespace pegplan::kernel
