// Misuse of tasks: each scenario ends in a panic that says what was wrong. On one CPU. The list and MISUSE of test_tasks.py are the same.
#include "tests/qemu/apps/support/scenario.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <optional>
#include <string_view>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void run_by_an_interrupt_handler()
{
    TaskGroup group;
    Timer timer{[&group] { group.run([] {}); }};
    timer.start_once(1ms);
    this_thread::sleep_for(5ms);
}

void destroyed_early()
{
    TaskGroup group;
    Task task{[] {}};
    group.run(task);
}

void run_twice()
{
    Task task{[] {}};
    TaskGroup group;
    group.run(task);
    group.run(task);
}

void two_wait()
{
    BinarySemaphore gate;
    TaskGroup group;
    group.run([&gate] { gate.acquire(); });
    auto other = spawn([&group] { group.wait(); });
    this_thread::sleep_for(1ms);
    group.wait();
}

/// A worker waits, for ever, since one of the tasks for which it waits is on its own stack. Then a thread adds another one.
void guest_of_a_task()
{
    TaskGroup* inner = nullptr;
    TaskGroup group;
    group.run([&inner] {
        TaskGroup own;
        inner = &own;
        own.run([&own] { own.wait(); });
    });
    this_thread::sleep_for(1ms);
    inner->run([] {});
}

void waits_for_guests()
{
    BinarySemaphore begin;
    TaskGroup* inner = nullptr;
    TaskGroup group;
    group.run([&] {
        TaskGroup own;
        inner = &own;
        begin.acquire();
        own.wait();
    });
    this_thread::sleep_for(1ms);
    inner->run([] {});
    begin.release();
}

void no_grain()
{
    parallel_for(0, 10, 0, [](int) {});
}

/// All records of threads are taken, so that there is none for a worker.
void too_many_threads()
{
    static std::array<std::optional<JoinHandle<void>>, config::max_threads> handles;
    for (auto& handle : handles) {
        auto spawned = ThreadBuilder{}.stack_size(config::stack_size_min + 1_KiB).spawn([] { this_thread::sleep_for(1s); });
        if (!spawned) {
            break;
        }
        handle = std::move(*spawned);
    }
    TaskGroup group;
    group.run([] {});
}

struct Scenario {
    std::string_view name;
    void (*run)();
};

constexpr std::array scenarios{
    Scenario{"run_by_an_interrupt_handler", run_by_an_interrupt_handler},
    Scenario{"destroyed_early", destroyed_early},
    Scenario{"run_twice", run_twice},
    Scenario{"two_wait", two_wait},
    Scenario{"guest_of_a_task", guest_of_a_task},
    Scenario{"waits_for_guests", waits_for_guests},
    Scenario{"no_grain", no_grain},
    Scenario{"too_many_threads", too_many_threads},
};

}  // namespace

int main()
{
    const std::size_t number = scenario::number();
    if (number >= scenarios.size()) {
        return 2;
    }
    print("scenario {}\n", scenarios[number].name);
    scenarios[number].run();
    print("silence\n");
    return 1;
}
