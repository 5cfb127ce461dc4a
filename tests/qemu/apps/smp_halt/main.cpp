// A panic while another CPU, masked, writes to the console without asking anybody: from the panic's first word on, that CPU is
// not heard any more. And CPUs that do nothing, or compute unmasked, are halted too.
#include <pegplan/board/arch.hpp>
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;

namespace {

using Port = arch::Port;

constexpr CpuId noisy{1};
std::atomic<int> lines{0};

void start_on(CpuId cpu, auto function)
{
    if (auto thread = ThreadBuilder{}.name("companion").cpu_affinity(CpuSet{cpu}).spawn(function)) {
        thread->detach();
    } else {
        panic("CPU {}: {}", cpu, thread.error());
    }
}

}  // namespace

int main()
{
    if (!this_thread::current().set_affinity(CpuSet{CpuId{0}})) {
        panic("CPU 0 refused");
    }
    start_on(noisy, [] {
        static_cast<void>(Port::irq_save());
        for (;;) {
            Port::console_write(std::string_view{"noise\n"});
            ++lines;
            Port::relax();  // an emulator that runs one CPU at a time goes on with the next one
        }
    });
    start_on(CpuId{cpu_count - 1}, [] {
        for (;;) {
            Port::relax();
        }
    });
    while (lines < 3) {
        Port::relax();
    }
    panic("silence");
}
