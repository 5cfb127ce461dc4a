// Random scripts of kernel calls, played on the kernel and by an oracle; both must keep the same journal.
//
// On the host with virtual time that stands still while anybody runs (app.config), so that the order of events follows
// from the scripts alone. The main thread is the fuzzer; each input is a run from an empty kernel to an empty kernel.
#include "kernel_run.hpp"
#include "oracle.hpp"
#include "script.hpp"

#include <pegplan/config/app.hpp>
#include <pegplan/pegplan.hpp>

#include <cstddef>
#include <cstdint>

namespace {

using namespace pegplan;

fuzz::Journal played;
fuzz::Journal expected;

constexpr const char* action_names[] = {"end",   "yield", "sleep",  "suspend", "resume", "set_priority",
                                        "spawn", "join",  "detach", "lock",    "unlock", "exit"};
constexpr const char* outcome_names[] = {"done", "skipped", "refused", "timed_out", "no_result"};

/// One event of a journal: what was tried, and what came of it.
void print_event(const char* who, const fuzz::Script& script, const fuzz::Journal& journal, std::size_t index)
{
    if (index >= journal.count) {
        print("{} {}: nothing\n", who, index);
        return;
    }
    const fuzz::Event& event = journal.events[index];
    print("{} {}: {} ms, ", who, index, event.milliseconds);
    if (event.thread == fuzz::main_thread) {
        print("main {}", event.step);
    } else {
        const fuzz::Step& step =
            script.steps[static_cast<std::size_t>(event.thread)][static_cast<std::size_t>(event.step)];
        print("worker {}: {} {} {}", event.thread, action_names[static_cast<std::size_t>(step.action)], step.target,
              step.amount);
    }
    print(" -> {} {}\n", outcome_names[static_cast<std::size_t>(event.outcome)], event.value);
}

}  // namespace

/// One input. Panics at the first event in which kernel and oracle differ.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const fuzz::Script script = fuzz::decode({data, size});
    played.count = 0;
    expected.count = 0;
    fuzz::KernelRun{script}.run(played);
    fuzz::Oracle{script}.run(expected);
    const std::size_t count = played.count > expected.count ? played.count : expected.count;
    for (std::size_t index = 0; index < count && index < fuzz::Journal::capacity; ++index) {
        if (index < played.count && index < expected.count && played.events[index] == expected.events[index]) {
            continue;
        }
        for (std::size_t before = index < 30 ? 0 : index - 30; before < index; ++before) {
            print_event("  both  ", script, played, before);
        }
        print_event("  kernel", script, played, index);
        print_event("  oracle", script, expected, index);
        for (int worker = 0; worker < fuzz::worker_count; ++worker) {
            print("worker {}: priority {}\n", worker, script.first_priority[static_cast<std::size_t>(worker)]);
        }
        panic("kernel and oracle differ");
    }
    return 0;
}

namespace {

/// Scripts from a generator of random numbers (SplitMix64), where there is no fuzzer that learns.
void play_random_scripts()
{
    std::uint64_t state = config::fuzz_seed;
    const auto next = [&state] {
        state += 0x9e37'79b9'7f4a'7c15;
        std::uint64_t bits = state;
        bits = (bits ^ bits >> 30) * 0xbf58'476d'1ce4'e5b9;
        bits = (bits ^ bits >> 27) * 0x94d0'49bb'1331'11eb;
        return bits ^ bits >> 31;
    };
    for (int run = 0; run < config::fuzz_runs; ++run) {
        std::uint8_t bytes[fuzz::worker_count * (1 + 2 * fuzz::longest_script)];
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(next());
        }
        LLVMFuzzerTestOneInput(bytes, sizeof bytes);
    }
    print("{} scripts: kernel and oracle agree\n", config::fuzz_runs);
}

}  // namespace

int main()
{
    this_thread::current().set_priority(Priority{fuzz::main_priority});
    play_random_scripts();
    return 0;
}
