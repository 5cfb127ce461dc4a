// Scripts of kernel calls, played on the kernel and by an oracle; both must keep the same journal.
//
// On the host with virtual time that stands still while anybody runs (app.config), so that the order of events follows
// from the scripts alone. The main thread is the fuzzer; each input is a run from an empty kernel to an empty kernel.
// With HOST_FUZZER libFuzzer chooses the inputs (`scripts/pegplan fuzz api`), else a generator of random numbers.
#include "kernel_run.hpp"
#include "mutation.hpp"
#include "oracle.hpp"
#include "script.hpp"

#include "arch/host/fuzzer.hpp"

#include <pegplan/config/app.hpp>
#include <pegplan/config/host.hpp>
#include <pegplan/pegplan.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t limit);

namespace {

using namespace pegplan;

fuzz::Journal played;
fuzz::Journal expected;

constexpr const char* outcome_names[] = {"done", "skipped", "refused", "timed_out", "no_result"};

/// In the order of fuzz::Expiry.
constexpr const char* timer_texts[] = {"releasing semaphore 0",    "setting flags 001",
                                       "sending to queue 0",       "notifying all of mutex 0",
                                       "setting worker 0 to priority 6", "suspending worker 1"};
static_assert(std::size(timer_texts) == fuzz::timer_count);

/// How many events in front of the first difference are shown.
constexpr std::size_t events_shown = 30;

void print_operand(fuzz::Operand kind, int value)
{
    switch (kind) {
    case fuzz::Operand::none: break;
    case fuzz::Operand::worker: print(" worker {}", value); break;
    case fuzz::Operand::mutex: print(" mutex {}", value); break;
    case fuzz::Operand::milliseconds: print(" for {} ms", value); break;
    case fuzz::Operand::priority: print(" priority {}", value); break;
    case fuzz::Operand::time: print(" until {} ms", fuzz::Step{.amount = value}.time()); break;
    case fuzz::Operand::mistake: print(" mistake {}", value); break;
    case fuzz::Operand::semaphore: print(" semaphore {}", value); break;
    case fuzz::Operand::units: print(" {} units", fuzz::Step{.amount = value}.units()); break;
    case fuzz::Operand::queue: print(" queue {}", value); break;
    case fuzz::Operand::timer: print(" {}", timer_texts[static_cast<std::size_t>(value)]); break;
    case fuzz::Operand::period: print(" every {} ms", fuzz::Step{.amount = value}.period()); break;
    case fuzz::Operand::once: print(" {}", value); break;
    case fuzz::Operand::work: print(" {}", value); break;
    case fuzz::Operand::second_choice: {
        const fuzz::SecondChoice choice = fuzz::Step{.target = value}.second_choice();
        print(" semaphore {} twice, any flag of {:03b}, all of {:03b}{}", choice.semaphore, choice.any, choice.all,
              choice.clears ? " clearing" : "");
        break;
    }
    case fuzz::Operand::stop_source: print(" stop source {}", value); break;
    case fuzz::Operand::bytes: {
        const fuzz::Step step{.target = value};
        print(" {} bytes (or {})", step.bytes(), step.least_bytes());
        break;
    }
    case fuzz::Operand::choice: {
        const fuzz::Choice choice = fuzz::Step{.target = value}.choice();
        print(" semaphore {}, {} queue {}, any flag of {:03b}{}", choice.semaphore, choice.sends ? "to" : "from",
              choice.queue, choice.flags, choice.clears ? " clearing" : "");
        break;
    }
    case fuzz::Operand::flags: {
        const fuzz::Step step{.target = value};
        print(" flags {:03b}{}", step.flags(), step.clears() ? " clearing" : "");
        break;
    }
    }
}

void print_step(const fuzz::Step& step)
{
    const fuzz::ActionText& text = fuzz::text_of(step.action);
    print("{}", text.name);
    print_operand(text.target, step.target);
    print_operand(text.amount, step.amount);
}

void print_script(const fuzz::Script& script)
{
    for (std::size_t worker = 0; worker < fuzz::worker_count; ++worker) {
        if (const int priority = script.first_priority[worker]; priority >= 0) {
            print("worker {}, spawned by main with priority {}\n", worker, priority);
        } else {
            print("worker {}\n", worker);
        }
        for (std::size_t index = 0; script.steps[worker][index].action != fuzz::Action::end; ++index) {
            print("  {}: ", index);
            print_step(script.steps[worker][index]);
            print("\n");
        }
    }
}

/// One event of a journal: what was tried, and what came of it.
void print_event(const char* who, const fuzz::Script& script, const fuzz::Journal& journal, std::size_t index)
{
    if (index >= journal.count) {
        print("{} {}: nothing\n", who, index);
        return;
    }
    const fuzz::Event& event = journal.events[index];
    print("{} {}: {} ms, ", who, index, event.milliseconds);
    if (event.thread != fuzz::main_thread) {
        print("worker {}: ", event.thread);
        print_step(script.steps[static_cast<std::size_t>(event.thread)][static_cast<std::size_t>(event.step)]);
    } else if (event.step < fuzz::first_join_event) {
        print("main: spawn worker {}", event.step);
    } else if (event.step < fuzz::sleep_event) {
        print("main: join worker {}", event.step - fuzz::first_join_event);
    } else if (event.step == fuzz::sleep_event) {
        print("main: sleep for 1 ms");
    } else {
        print("main: resume worker {}", event.step - fuzz::sleep_event - 1);
    }
    print(" -> {} {}\n", outcome_names[static_cast<std::size_t>(event.outcome)], event.value);
}

/// The mistakes of FUZZ_MISTAKE that the kernel's side makes.
void when_two_held()
{
    if constexpr (config::fuzz_mistake == 2) {
        for (;;) {
            // An empty loop would be taken for one that waits, and may end the process in virtual time.
            asm volatile("nop");
        }
    } else if constexpr (config::fuzz_mistake == 3) {
        panic("a worker holds two mutexes");
    } else if constexpr (config::fuzz_mistake == 4) {
        std::array<int, 4> small{};
        std::size_t index = small.size();
        asm volatile("" : "+r"(index));
        small[index] = 1;
        asm volatile("" : : "m"(small));
    }
}

/// One input. Panics at the first event in which kernel and oracle differ.
void run(std::span<const std::uint8_t> input)
{
    const fuzz::Script script = fuzz::decode(input);
    played.count = 0;
    expected.count = 0;
    fuzz::KernelRun{script, &when_two_held}.run(played);
    fuzz::Oracle{script, config::fuzz_mistake == 1}.run(expected);
    const std::size_t count = std::min(std::max(played.count, expected.count), fuzz::Journal::capacity);
    for (std::size_t index = 0; index < count; ++index) {
        if (index < played.count && index < expected.count && played.events[index] == expected.events[index]) {
            continue;
        }
        print_script(script);
        for (std::size_t before = index < events_shown ? 0 : index - events_shown; before < index; ++before) {
            print_event("  both  ", script, played, before);
        }
        print_event("  kernel", script, played, index);
        print_event("  oracle", script, expected, index);
        panic("kernel and oracle differ");
    }
}

void show(std::span<const std::uint8_t> input)
{
    print_script(fuzz::decode(input));
}

/// Scripts from a generator of random numbers (SplitMix64), where there is no fuzzer that learns.
[[maybe_unused]] void play_random_scripts()
{
    std::uint64_t state = config::fuzz_seed;
    const auto next = [&state] {
        state += 0x9e37'79b9'7f4a'7c15;
        std::uint64_t bits = state;
        bits = (bits ^ bits >> 30) * 0xbf58'476d'1ce4'e5b9;
        bits = (bits ^ bits >> 27) * 0x94d0'49bb'1331'11eb;
        return bits ^ bits >> 31;
    };
    for (int number = 0; number < config::fuzz_runs; ++number) {
        std::array<std::uint8_t, fuzz::longest_input> bytes;
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(next());
        }
        run(bytes);
    }
    print("{} scripts: kernel and oracle agree\n", config::fuzz_runs);
}

}  // namespace

/// Found by the engine: changes an input to another, of `limit` bytes at most.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t limit, unsigned seed)
{
    if constexpr (config::host_fuzzer) {
        constexpr unsigned engine_share = 4;  // one of so many changes is the engine's own
        if (size < fuzz::head_size || seed % engine_share == 0) {
            return LLVMFuzzerMutate(data, size, limit);
        }
        return fuzz::mutate_step({data, limit}, size, seed);
    }
    return size;
}

int main()
{
    this_thread::current().set_priority(Priority{fuzz::main_priority});
    if constexpr (config::host_fuzzer) {
        return arch::host::run_fuzzer({&run, &show});
    } else {
        play_random_scripts();
        return 0;
    }
}
