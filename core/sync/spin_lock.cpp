// What this CPU remembers of the spin locks that it holds.
#include <pegplan/spin_lock.hpp>

namespace pegplan::kernel {

constinit SpinSection<arch::IrqState> uniprocessor_spin_section{};

}  // namespace pegplan::kernel
