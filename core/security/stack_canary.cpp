// The random word that functions with arrays check before they return (-fstack-protector).
#include "core/security/stack_canary.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/panic.hpp>

#include <cstdint>

// The names and types are the compiler's.
extern "C" {
std::uintptr_t __stack_chk_guard = 0;
[[noreturn]] void __stack_chk_fail();
}

namespace pegplan::kernel {

// Not protected itself: it would find another word at its end than at its begin.
[[gnu::no_stack_protector]] void initialize_stack_canary() noexcept
{
    // The lowest byte is zero, so that a string that runs over it cannot reproduce it.
    __stack_chk_guard = arch::Port::entropy() & ~std::uintptr_t{0xff};
}

}  // namespace pegplan::kernel

void __stack_chk_fail()
{
    pegplan::panic("stack canary overwritten: a buffer on the stack has overflowed");
}
