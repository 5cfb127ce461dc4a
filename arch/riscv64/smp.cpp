// Several CPUs: starting and stopping harts, and interrupts between them, all of it by the firmware.
//
// CPU 0 is the hart that boots, which may be any; the others follow in the order of their hardware ids. A hart that is
// started has its first words on its stack: those of StartRecord.
#include "arch/hardware_id.hpp"
#include "arch/riscv64/frame.h"
#include "arch/riscv64/hart.hpp"
#include "arch/riscv64/port.hpp"
#include "arch/riscv64/sbi.hpp"
#include "arch/riscv64/smp.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/board/cpus.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <new>
#include <string_view>

extern "C" const std::byte pegplan_secondary_boot[];

namespace pegplan::arch::riscv64 {
namespace {

static_assert(config::cpus <= board::cpu_count);
static_assert(Mode::level == SupervisorMode::level,
              "board.yaml: several CPUs take a firmware that starts them; write `count: 1`");

/// What a hart needs to know that enters the kernel, at the top of its stack.
struct alignas(Port::stack_alignment) StartRecord {
    void* current;
    std::uintptr_t satp;
    unsigned cpu;
};
static_assert(offsetof(StartRecord, current) == START_CURRENT);

/// How long others may take to stop or to halt.
constexpr Ticks patience = Port::ticks_per_second() / 10;

constexpr unsigned no_cpu = ~0U;

constinit std::uintptr_t boot_hart = 0;

/// CPUs that run, or are about to.
constinit std::atomic<unsigned> running{1};

/// Who has halted all others, and how many of them have.
constinit std::atomic<unsigned> halting{no_cpu};
constinit std::atomic<unsigned> halted{0};

/// The hart that a CPU is: of the board's harts without the one that boots.
std::uintptr_t hart_of(unsigned cpu) noexcept
{
    if (cpu == 0) {
        return boot_hart;
    }
    const std::uintptr_t hart = hardware_id(cpu - 1);
    return hart < boot_hart ? hart : static_cast<std::uintptr_t>(hardware_id(cpu));
}

/// Whether a CPU was sent an interrupt that it has not begun to answer. Its own line, because it looks at it while it waits.
struct alignas(cache_line) Asked {
    std::atomic<bool> yes{false};
};
constinit std::array<Asked, config::cpus> asked{};

/// All that was read and written before comes before what is written, and what is asked of the firmware, from now on.
void fence_before_call() noexcept
{
    asm volatile("fence rw, ow" ::: "memory");
}

/// The same, and in both directions.
void fence_all() noexcept
{
    asm volatile("fence iorw, iorw" ::: "memory");
}

/// Repeats `holds` until it does, for as long as others may take.
template <class Condition>
bool wait_until(Condition holds) noexcept
{
    const Ticks begin = Port::now();
    while (!holds()) {
        if (Port::now() - begin > patience) {
            return false;
        }
        Port::relax();
    }
    return true;
}

/// Whether the hart exists and can be started: one that has just left may not have arrived yet.
bool is_stopped(std::uintptr_t hart) noexcept
{
    SbiResult state{};
    return wait_until([&] {
        state = sbi_hart_state(hart);
        return state.error != 0 || static_cast<SbiHartState>(state.value) == SbiHartState::stopped;
    }) && state.error == 0;
}

/// Nothing interrupts this hart any more. In sie, so that `wfi` need not end either.
void disable_interrupts() noexcept
{
    Sie::write(0);
    board::Timer::set_deadline(no_deadline);
}

[[noreturn]] void halt() noexcept
{
    disable_interrupts();
    halted.fetch_add(1, std::memory_order_release);
    for (;;) {
        asm volatile("wfi" ::: "memory");
    }
}

/// Interrupts of other CPUs are taken from now on.
void enable_ipis() noexcept
{
    Sip::clear(sip_software);
    Sie::set(sie_software);
}

void require(std::uintptr_t extension, std::string_view name) noexcept
{
    if (!sbi_has(extension)) {
        for (const std::string_view part : {std::string_view{"boot: several CPUs need extension "}, name,
                                            std::string_view{" of the firmware (SBI), which it does not have: "
                                                             "use a firmware with SBI 0.3 or later, or set CPUS=1\n"}}) {
            Port::console_write(part);
        }
        Port::exit(1);
    }
}

}  // namespace

constinit std::atomic<std::uint32_t> SharedTranslations::changes{0};
constinit std::array<SharedTranslations::Seen, config::cpus> SharedTranslations::seen{};

void start_first_cpu(std::uintptr_t hart) noexcept
{
    require(sbi_hsm, "HSM");
    require(sbi_ipi, "sPI");
    boot_hart = hart;
    enable_ipis();
}

void accept_ipi() noexcept
{
    // In this order: what is sent while this is answered interrupts once more.
    Sip::clear(sip_software);
    fence_all();
    const unsigned self = this_cpu_number();
    asked[self].yes.exchange(false, std::memory_order_acquire);
    const unsigned by = halting.load(std::memory_order_relaxed);
    if (by != no_cpu && by != self) [[unlikely]] {
        halt();
    }
}

bool Port::start_cpu(unsigned cpu, std::span<std::byte> stack, void* pointer) noexcept
{
    if (cpu == 0 || cpu >= static_cast<unsigned>(config::cpus) || !is_stopped(hart_of(cpu))) {
        return false;
    }
    const auto end = reinterpret_cast<std::uintptr_t>(stack.data() + stack.size()) & ~std::uintptr_t{stack_alignment - 1};
    const std::uintptr_t place = end - sizeof(StartRecord);
    ::new (reinterpret_cast<void*>(place)) StartRecord{.current = pointer, .satp = Satp::read(), .cpu = cpu};
    running.fetch_add(1, std::memory_order_relaxed);
    fence_before_call();
    if (!sbi_hart_start(hart_of(cpu), reinterpret_cast<std::uintptr_t>(pegplan_secondary_boot), place)) {
        running.fetch_sub(1, std::memory_order_relaxed);
        return false;
    }
    return true;
}

void Port::stop_this_cpu() noexcept
{
    disable_interrupts();
    running.fetch_sub(1, std::memory_order_relaxed);
    fence_before_call();
    sbi_hart_stop();
    for (;;) {  // refused: then it can never be started again either
        asm volatile("wfi" ::: "memory");
    }
}

void Port::send_ipi(unsigned cpu) noexcept
{
    asked[cpu].yes.store(true, std::memory_order_release);
    fence_before_call();
    sbi_send_ipi(1, hart_of(cpu));
}

// `wfi` while a software interrupt is pending that it has sent itself: to a hart that is a no-op of its own speed, and where
// several harts share a processor (virtual machines, emulators) it lets others go first, which the hint `pause`
// does not do in QEMU. The interrupt is taken back, unless another CPU has sent one too: that one has set `asked` before.
void Port::relax() noexcept
{
    const IrqState state = irq_save();
    Sip::set(sip_software);
    asm volatile("wfi" ::: "memory");
    Sip::clear(sip_software);
    fence_all();
    if (asked[this_cpu_number()].yes.load(std::memory_order_relaxed) || halting.load(std::memory_order_relaxed) != no_cpu) {
        Sip::set(sip_software);
    }
    irq_restore(state);
}

void Port::halt_others() noexcept
{
    const unsigned self = this_cpu_number();
    unsigned by = no_cpu;
    if (!halting.compare_exchange_strong(by, self, std::memory_order_relaxed)) {
        if (by != self) {
            halt();
        }
        return;
    }
    const unsigned others = running.load(std::memory_order_relaxed) - 1;
    if (others == 0) {
        return;
    }
    fence_before_call();
    sbi_send_ipi(0, sbi_all_harts);
    wait_until([others] { return halted.load(std::memory_order_acquire) >= others; });
}

}  // namespace pegplan::arch::riscv64

/// Entered from boot.S on the stack that Port::start_cpu was given. Masked, without address translation.
extern "C" [[noreturn]] void pegplan_secondary_start(const pegplan::arch::riscv64::StartRecord* record) noexcept
{
    using namespace pegplan;
    using namespace pegplan::arch::riscv64;

    install_traps(record->cpu);
    if constexpr (config::memory_protection) {
        set_translation(record->satp);
    }
    enable_fp();
    board::Timer::init();
    enable_ipis();
    kernel::start_secondary();
}
