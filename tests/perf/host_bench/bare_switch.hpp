// Contexts that are nothing but registers: the least that a switch can cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// A context at rest: the registers that functions preserve, and where to go on, lie on its stack.
struct BareContext {
    void* stack_pointer;
};

using BareSwitch = void (*)(BareContext* from, const BareContext* to);

extern "C" {
/// Leaves by a jump to the address that the other context has been left at.
void bench_switch_jump(BareContext* from, const BareContext* to);
/// Leaves by the processor's return, which predicts the wrong place.
void bench_switch_return(BareContext* from, const BareContext* to);
/// How many words a context at rest has on its stack, and which of them is where it goes on.
extern const std::size_t bench_switch_words;
extern const std::size_t bench_switch_place;
}

/// A context that runs `entry`, which never returns, when it is switched to.
inline BareContext bare_context(std::span<std::byte> stack, void (*entry)()) noexcept
{
    auto* const top = reinterpret_cast<std::uintptr_t*>(stack.data() + stack.size()) - 2;
    auto* const bottom = top - bench_switch_words;
    for (std::size_t word = 0; word < bench_switch_words; ++word) {
        bottom[word] = 0;
    }
    bottom[bench_switch_place] = reinterpret_cast<std::uintptr_t>(entry);
    return {bottom};
}
