// What THREAD_STATS counts: switches exactly, time closely.
#include "tests/qemu/apps/support/timing.hpp"

#include <pegplan/pegplan.hpp>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

bool about(std::chrono::nanoseconds measured, std::chrono::nanoseconds expected)
{
    return measured >= expected - timing::path && measured <= expected + timing::path;
}

void switches()
{
    print("== switches\n");
    auto thread = ThreadBuilder{}.priority(Priority{10}).spawn([] {
        for (int turn = 0; turn < 4; ++turn) {
            this_thread::current().suspend();
        }
    });
    const Thread handle = thread->thread();
    print("{}\n", handle.stats().switches);
    for (int turn = 0; turn < 5; ++turn) {
        this_thread::sleep_for(1ms);
        print("{}\n", handle.stats().switches);
        handle.resume();
    }
    thread->join();
    print("gone: {} {}\n", handle.stats().switches, handle.stats().run_time.count());
}

void run_time()
{
    print("== run time\n");
    auto spinner = ThreadBuilder{}.priority(Priority{10}).spawn([] {
        timing::spin_for(3ms);
        this_thread::sleep_for(50ms);
        timing::spin_for(2ms);
        return this_thread::current().stats().run_time;
    });
    const Thread handle = spinner->thread();
    print("before {}\n", handle.stats().run_time.count());
    this_thread::sleep_for(20ms);
    print("asleep {}\n", about(handle.stats().run_time, 3ms));
    this_thread::sleep_for(20ms);
    print("asleep still {}\n", about(handle.stats().run_time, 3ms));
    print("at the end {}\n", about(spinner->join().value(), 5ms));

    // Preempted time is not run time.
    auto preempted = ThreadBuilder{}.priority(Priority{10}).spawn([] {
        timing::spin_for(10ms);
        return this_thread::current().stats().run_time;
    });
    this_thread::sleep_for(2ms);
    timing::spin_for(4ms);
    print("preempted {}\n", about(preempted->join().value(), 6ms));
    const auto first = this_thread::current().stats().run_time;
    timing::spin_for(1ms);
    print("own {}\n", about(this_thread::current().stats().run_time - first, 1ms));
}

void stacks()
{
    print("== stacks\n");
    auto thread = ThreadBuilder{}.stack_size(12'345).spawn([] {});
    const std::size_t size = thread->thread().stats().stack_size;
    print("{}\n", size >= 12'345 && size < 12'345 + 64);
    thread->join();
}

}  // namespace

int main()
{
    switches();
    run_time();
    stacks();
    return 0;
}
