// Pointers for links, of the machine's size or of half of it.
//
// Where all memory lies below 4 GiB the upper half of a pointer is zero. To follow the lower half alone costs nothing: the 64-bit
// architectures load 32 bits and clear the rest in one instruction. (gcc adds a move or an extension here and there where a link
// is followed and stored as well: 5 to 8 instructions of riscv64 in an insertion and a removal together.)
#pragma once

#include "core/base/check.hpp"

#include <cstddef>
#include <cstdint>

namespace pegplan::kernel {

/// The ordinary one.
template <class T>
using PlainPointer = T*;

/// A pointer of four bytes, to an object below 4 GiB (checked with ASSERTIONS). Trivial, so that all zeros is null.
template <class T>
class ShortPointer {
public:
    ShortPointer() noexcept = default;
    constexpr ShortPointer(std::nullptr_t) noexcept : address_{0} {}
    ShortPointer(T* object) noexcept : address_{static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(object))}
    {
        ensure(get() == object, "an object at {} is linked by a pointer of 32 bits", static_cast<const void*>(object));
    }

    operator T*() const noexcept { return get(); }
    T* operator->() const noexcept { return get(); }

private:
    [[nodiscard]] T* get() const noexcept
    {
        std::uintptr_t address = address_;
        // Hides that the upper half is zero: else the compiler compares 32 bits with null, for which riscv64 wants them
        // sign-extended, and extends them once more, by two instructions, where it follows the pointer.
        asm("" : "+r"(address));
        return reinterpret_cast<T*>(address);
    }

    std::uint32_t address_;
};

}  // namespace pegplan::kernel
