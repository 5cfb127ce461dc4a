// Words that the arguments of the process put into memory.
#include "arch/host/arguments.hpp"

#include <inttypes.h>

#include <cstddef>
#include <cstdint>
#include <limits>

extern "C" {
extern std::byte __arena_start[];
extern std::byte __arena_end[];
}

namespace pegplan::arch::host {
namespace {

using Word = std::uint32_t;

bool load(const char* argument) noexcept
{
    char* end = nullptr;
    const std::uintmax_t address = strtoumax(argument, &end, 0);
    if (end == argument || *end != '=') {
        return false;
    }
    const char* const number = end + 1;
    const std::uintmax_t value = strtoumax(number, &end, 0);
    if (end == number || *end != '\0' || value > std::numeric_limits<Word>::max()) {
        return false;
    }
    if (address < reinterpret_cast<std::uintptr_t>(__arena_start) ||
        address > reinterpret_cast<std::uintptr_t>(__arena_end) - sizeof(Word) || address % sizeof(Word) != 0) {
        return false;
    }
    *reinterpret_cast<Word*>(address) = static_cast<Word>(value);
    return true;
}

}  // namespace

const char* load_arguments(const char* const* arguments) noexcept
{
    while (*arguments != nullptr && load(*arguments)) {
        ++arguments;
    }
    return *arguments;
}

}  // namespace pegplan::arch::host
