// What CPUs remember of the spin locks that they hold.
#include <pegplan/spin_lock.hpp>

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

constinit std::array<SpinSection<arch::IrqState>, config::cpus> spin_sections{};

std::uint32_t this_cpu_index() noexcept
{
    return this_cpu().sharing.index;
}

}  // namespace pegplan::kernel
