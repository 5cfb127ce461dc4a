// Whether an interrupt of one CPU by others is on its way: so that several that ask at once send one.
//
//     who asks                                   the CPU's handler
//         writes what is meant                       accepts
//         raises; sends if nobody else has           looks for what is meant
//
// Invariants
//   I1  Between two calls of `accept` exactly one call of `raise` returns true. So there is one interrupt for each time that the handler accepts,
//       or two when one was sent while the other one was being accepted.
//   I2  What was written before a call of `raise` is seen behind the next `accept`, also when `raise` has returned false.
//
// Memory orders: acquire and release on both sides.
//   - raise releases and accept acquires: I2. A raise that finds the flag set heads a release sequence of its own, which the next accept reads.
//   - accept releases and raise acquires: the interrupt that raise calls for is sent behind the accept before it, so it is not taken for the
//     one that was answered there.
//
// Progress: both calls are wait-free. Model test: tests/model/ipi_flag_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include <cstdint>

namespace pegplan::kernel {

template <class Atomics = StdAtomics>
class IpiFlag {
public:
    constexpr IpiFlag() noexcept = default;

    /// By whoever wants the CPU to look. Returns whether the caller must send the interrupt.
    [[nodiscard]] bool raise() noexcept { return on_its_way_.exchange(1, std::memory_order_acq_rel) == 0; }

    /// By the CPU, in the handler, before it looks; and when it starts. Returns whether anybody has raised.
    bool accept() noexcept { return on_its_way_.exchange(0, std::memory_order_acq_rel) != 0; }

private:
    typename Atomics::template atomic<std::uint32_t> on_its_way_{0};
};

}  // namespace pegplan::kernel
