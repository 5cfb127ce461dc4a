// Stand-in for the generated header: no machine. Interrupts do not come, so masking them is nothing.
#pragma once

#include "model_atomics.hpp"

namespace pegplan::arch {

struct IrqState {};

struct Port {
    static IrqState irq_save() noexcept { return {}; }
    static void irq_restore(IrqState) noexcept {}
    static void relax() noexcept { model::ModelAtomics::pause(); }
};

}  // namespace pegplan::arch
