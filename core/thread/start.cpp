// From the architecture's start-up code to main().
//
// The boot context becomes the idle thread: it spawns the main thread and then runs whenever nobody else is ready.
#include "core/kernel_entry.hpp"
#include "core/memory/stack_arena.hpp"
#include "core/memory/system_heap.hpp"
#include "core/sched/idle.hpp"
#include "core/sched/scheduler.hpp"
#include "core/security/stack_canary.hpp"
#include "core/smp/start.hpp"
#include "core/thread/lifecycle.hpp"
#include "core/thread/thread_locals.hpp"
#include "core/time/conversion.hpp"
#include "core/time/timer_thread.hpp"

#include <pegplan/config/memory.hpp>
#include <pegplan/config/security.hpp>
#include <pegplan/config/thread.hpp>
#include <pegplan/thread.hpp>

// The application's; a C++ program may not name it, so the declaration is a C one.
extern "C" int main();

extern "C" {
using Initializer = void (*)();
extern Initializer __init_array_start[];
extern Initializer __init_array_end[];
}

namespace pegplan::kernel {

static_assert(config::main_priority < config::num_priorities);
static_assert(config::main_stack_size >= config::stack_size_min);
static_assert(config::stack_size_default >= config::stack_size_min);
static_assert(config::num_priorities <= 256, "a priority is kept in a byte");

namespace {

/// The main thread: what C++ promises to have happened before main(), then main().
void run_main(void*) noexcept
{
    for (Initializer* initializer = __init_array_start; initializer != __init_array_end; ++initializer) {
        (*initializer)();
    }
    if constexpr (config::timer_callbacks_in_thread) {
        start_timer_thread();
    }
    const int code = main();
    destroy_thread_locals();
    arch::Port::exit(code);
}

void spawn_main() noexcept
{
    const ThreadOptions options{
        .name = "main",
        .stack_size = config::main_stack_size,
        .priority = Priority{config::main_priority},
        .affinity = config::main_on_first_cpu ? CpuSet{CpuId{0}} : CpuSet::all(),
    };
    const Result<NewThread> created = create_thread(options, 0, alignof(void*));
    invariant(created.has_value(), "the main thread cannot have a stack of {} bytes (MAIN_STACK_SIZE): {}",
              config::main_stack_size, created.has_value() ? Error{} : created.error());
    start_thread(*created, run_main);
}

/// Handlers of interrupts use the thread_local objects of the thread that they have interrupted, and that may be the idle
/// thread, whose boot stack has no room for them.
void give_thread_locals(ThreadControl& idle) noexcept
{
    if (const arch::ThreadLocalRoom room = thread_local_room(); room.size != 0) {
        invariant(allocate_stack(room.size + room.alignment, idle.stack),
                  "no memory for the idle thread's {} bytes of thread_local variables", room.size);
        const auto end = reinterpret_cast<std::uintptr_t>(idle.stack.memory.data() + idle.stack.memory.size());
        static_cast<void>(place_thread_locals(idle.context, room, end));
    }
}

}  // namespace

void start() noexcept
{
    init_cpus();
    if constexpr (config::stack_canaries) {
        initialize_stack_canary();
    }
    KernelTime::initialize();
    initialize_stack_arena();
    if constexpr (config::heap) {
        initialize_system_heap();
    }
    Cpu& cpu = cpus[0];
    if constexpr (config::thread_local_storage) {
        give_thread_locals(cpu.idle);
    }
    if constexpr (config::smp) {
        start_other_cpus();
    }
    start_cpu_schedule(cpu);
    spawn_main();
    idle(cpu);
}

}  // namespace pegplan::kernel
