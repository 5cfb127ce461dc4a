// Several CPUs: start and stop, messages between them.
#include "arch/x86_64/secondary.hpp"

#include "arch/hardware_id.hpp"
#include "arch/x86_64/clock.hpp"
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/descriptors.hpp"
#include "arch/x86_64/local_cpu.hpp"
#include "arch/x86_64/port.hpp"
#include "arch/x86_64/step_check.hpp"
#include "arch/x86_64/vectors.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/board/memory_map.hpp>
#include <pegplan/config/arch.hpp>
#include <pegplan/config/observe.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" {
// secondary.S: the code of the start-up page.
extern const std::byte pegplan_startup_code[];
extern const std::byte pegplan_startup_code_end[];

// What a CPU that begins reads there before it has a stack.
constinit std::atomic<std::uint32_t> pegplan_startup_call{0};  // the id of the CPU that may begin, plus one; 0: nobody
constinit std::uint32_t pegplan_startup_page_tables = 0;       // their root
constinit std::byte* pegplan_startup_stack = nullptr;          // its end
}

namespace pegplan::arch::x86_64 {
namespace {

using Apic = board::InterruptController;

// ---- what must hold -------------------------------------------------------------------------------------------------

/// Whether messages reach all CPUs of the image, by ids of eight bits of which the last one means all.
consteval bool ids_fit() noexcept
{
    for (unsigned cpu = 0; cpu < config::cpus; ++cpu) {
        if (hardware_id(cpu) >= Apic::everybody) {
            return false;
        }
    }
    return true;
}
static_assert(ids_fit(), "board.yaml: the id of a CPU that the image uses does not fit the local APIC's eight bits");

consteval bool startup_page_is_reserved() noexcept
{
    return std::any_of(board::memory_regions.begin(), board::memory_regions.end(), [](const MemoryRegion& region) {
        return region.kind == MemoryKind::reserved && region.base <= Apic::startup_page &&
               Apic::startup_page - region.base + Apic::startup_page_size <= region.size;
    });
}
static_assert(startup_page_is_reserved(),
              "board.yaml: for several CPUs the local APIC needs a `startup_page` in a region of kind `reserved`");

// ---- the start ------------------------------------------------------------------------------------------------------

/// What the CPU that is being started takes from the one that starts it. All CPUs of a machine are taken to have the
/// same features.
struct StartupOrder {
    unsigned cpu;
    void* current;
    std::uintptr_t cr0;
    std::uintptr_t cr4;
};

constinit StartupOrder order{};
constinit StepCheck step_check{};

/// The CPUs that are able to take an interrupt, by number, CPU 0 apart, which always is. A stopped one still is.
constinit std::array<std::atomic<bool>, config::cpus> present{};

/// A way to start a CPU, in microseconds.
struct Attempt {
    std::uint64_t before_startup;  ///< between INIT and the first STARTUP
    std::uint64_t before_second;   ///< between the two STARTUPs; 0: no second one
    std::uint64_t patience;        ///< for the sign of life
};

/// All CPUs of the last decades do without the delays that the first ones needed, so they are tried without. Then comes
/// what the manual says, and much patience: the CPU of a virtual machine may have to wait for one of the host's.
/// Source: Intel SDM volume 3, "MP Initialization Protocol Algorithm".
constexpr Attempt start_attempts[] = {
    {.before_startup = 0, .before_second = 0, .patience = 20'000},
    {.before_startup = 10'000, .before_second = 200, .patience = 1'000'000},
};

std::uint64_t ticks_of(std::uint64_t microseconds) noexcept
{
    constexpr std::uint64_t per_second = 1'000'000;
    return microseconds * (clock_rates.ticks_per_second / per_second + 1);
}

/// Lets about a microsecond pass, for waits that are long. An emulator that runs one CPU at a time turns to the next
/// one at each `relax`, which takes it as long as many instructions.
void relax_for_longer() noexcept
{
    constexpr int turns = 1000;

    Port::relax();
    for (int i = 0; i < turns; ++i) {
        asm volatile("");
    }
}

void wait_for(std::uint64_t microseconds) noexcept
{
    for (const Ticks start = Port::now(); Port::now() - start < ticks_of(microseconds);) {
        relax_for_longer();
    }
}

/// Waits between two looks at what another CPU does: shortly, then longer.
class Pause {
public:
    void operator()() noexcept
    {
        if (short_ones_ > 0) {
            --short_ones_;
            Port::relax();
        } else {
            relax_for_longer();
        }
    }

private:
    int short_ones_ = 10'000;
};

/// The messages are sent masked, and the waiting between them is not.
template <class Send>
void send(Send message) noexcept
{
    const IrqState state = Port::irq_save();
    message();
    Port::irq_restore(state);
}

StepCheck::Outcome attempt_start(std::uint8_t id, const Attempt& attempt) noexcept
{
    // Whatever the CPU has been doing ends here; from here on it may be given something new.
    send([id] { Apic::send_init(id); });
    wait_for(attempt.before_startup);
    step_check.reset();
    pegplan_startup_call.store(id + 1U, std::memory_order_release);
    send([id] { Apic::send_startup(id); });
    if (attempt.before_second != 0) {
        wait_for(attempt.before_second);
        send([id] { Apic::send_startup(id); });  // ignored by one that runs already
    }
    const StepCheck::Outcome outcome =
        step_check.as_first([] { return Port::now(); }, Pause{}, ticks_of(attempt.patience));
    pegplan_startup_call.store(0, std::memory_order_release);
    return outcome;
}

// ---- the end --------------------------------------------------------------------------------------------------------

constexpr std::uint32_t nobody = 0;

/// The id, plus one, of the CPU that halts all others.
constinit std::atomic<std::uint32_t> halter{nobody};
constinit std::atomic<unsigned> halted{0};

std::uint32_t own_mark() noexcept
{
    return Apic::id() + 1U;
}

}  // namespace

void init_boot_cpu() noexcept
{
    load_gs_base(0);
    std::copy(pegplan_startup_code, pegplan_startup_code_end, reinterpret_cast<std::byte*>(Apic::startup_page));
}

bool is_first_cpu() noexcept
{
    return Apic::id() == hardware_id(0);
}

void flush_others() noexcept
{
    Apic::send_interrupt_to_others(vector_flush);
}

bool must_halt() noexcept
{
    const std::uint32_t mark = halter.load(std::memory_order_acquire);
    return mark != nobody && mark != own_mark();
}

void halt_as_told() noexcept
{
    halted.fetch_add(1, std::memory_order_release);
    halt_forever();
}

bool Port::start_cpu(unsigned cpu, std::span<std::byte> stack, void* pointer) noexcept
{
    if (cpu == 0 || cpu >= config::cpus) {
        return false;
    }
    const auto id = static_cast<std::uint8_t>(hardware_id(cpu));
    order = {.cpu = cpu, .current = pointer, .cr0 = read_cr0(), .cr4 = read_cr4()};
    pegplan_startup_page_tables = static_cast<std::uint32_t>(read_cr3());  // in the image, which is below 4 GiB
    pegplan_startup_stack = stack.data() + stack.size();
    present[cpu].store(false, std::memory_order_relaxed);

    StepCheck::Outcome outcome = StepCheck::Outcome::no_answer;
    for (const Attempt& attempt : start_attempts) {
        outcome = attempt_start(id, attempt);
        if (outcome != StepCheck::Outcome::no_answer) {
            break;
        }
    }
    if (outcome == StepCheck::Outcome::in_step) {
        return true;
    }
    // Should it still come up, late: it must not, for its stack is gone.
    present[cpu].store(false, std::memory_order_relaxed);
    send([id] { Apic::send_init(id); });
    if (config::console && outcome == StepCheck::Outcome::apart) {
        constexpr std::string_view reason =
            "a CPU cannot be used: its time stamp counter is not in step with the others'; firmware must see to that\n";
        board::Console::write(reason);
    }
    return false;
}

void Port::stop_this_cpu() noexcept
{
    board::Timer::start_timer(0);
    halt_forever();  // until it gets an INIT
}

void Port::send_ipi(unsigned cpu) noexcept
{
    const IrqState state = irq_save();
    Apic::send_interrupt(static_cast<std::uint8_t>(hardware_id(cpu)), vector_ipi);
    irq_restore(state);
}

void Port::halt_others() noexcept
{
    static_cast<void>(irq_save());
    const std::uint32_t mark = own_mark();
    std::uint32_t found = nobody;
    if (!halter.compare_exchange_strong(found, mark, std::memory_order_acq_rel)) {
        if (found != mark) {
            halt_as_told();  // two at once: the first one is about to halt this one
        }
        return;
    }
    unsigned told = 0;
    for (unsigned cpu = 0; cpu < config::cpus; ++cpu) {
        const auto id = static_cast<std::uint8_t>(hardware_id(cpu));
        if (id != Apic::id() && (cpu == 0 || present[cpu].load(std::memory_order_relaxed))) {
            Apic::send_nmi(id);
            ++told;
        }
    }
    constexpr std::uint64_t patience = 100'000;
    const Ticks start = now();
    while (halted.load(std::memory_order_acquire) < told && now() - start < ticks_of(patience)) {
        relax();
    }
}

}  // namespace pegplan::arch::x86_64

/// Entered from secondary.S, masked, on the stack that start_cpu was given.
extern "C" [[noreturn]] void pegplan_arch_start_secondary() noexcept
{
    using namespace pegplan;
    using namespace pegplan::arch::x86_64;

    load_gs_base(order.cpu);
    Port::set_current(order.current);
    load_descriptor_tables_of(order.cpu);
    present[order.cpu].store(true, std::memory_order_relaxed);
    write_cr4(order.cr4);
    write_cr0(order.cr0);
    if constexpr (!config::fp_none) {
        reset_fp();  // INIT leaves the unit as it was
    }
    write_msr(msr_apic_base, Apic::base | apic_base_enable);
    Apic::init_secondary(vector_spurious);
    board::Timer::init_timer(vector_timer, timer_divider_log2);

    // Time stamp counters are in step on machines whose CPUs come out of one reset together and whose firmware leaves
    // them alone (CPUID says "invariant" then, mostly), and on emulators. Where a CPU was reset later than the others,
    // as after hot-plug, or firmware has written the counter, somebody must correct it (IA32_TSC_ADJUST) before it
    // comes here.
    if (!step_check.as_second([] { return Port::now(); }, [] { Port::relax(); })) {
        halt_forever();
    }
    kernel::start_secondary();
}
