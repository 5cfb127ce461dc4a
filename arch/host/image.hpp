// Where the image's own code lies, as the linker says.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {
extern const std::byte __text_start[];
extern const std::byte __text_end[];
}

namespace pegplan::arch::host {

[[gnu::always_inline]] inline bool is_between(std::uintptr_t address, const std::byte* begin,
                                              const std::byte* end) noexcept
{
    return address >= reinterpret_cast<std::uintptr_t>(begin) && address < reinterpret_cast<std::uintptr_t>(end);
}

/// Whether an instruction is the kernel's or the application's, and not that of a library.
[[gnu::always_inline]] inline bool is_image_code(std::uintptr_t address) noexcept
{
    return is_between(address, __text_start, __text_end);
}

}  // namespace pegplan::arch::host
