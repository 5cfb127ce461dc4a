// A thread that wants more than its runtime waits for its next period, is counted, and harms nobody.
#include "tests/qemu/apps/support/timing.hpp"
#include "tests/qemu/apps/support/work.hpp"

#include <pegplan/pegplan.hpp>

#include <algorithm>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

DeadlineParameters implicit(std::chrono::nanoseconds runtime, std::chrono::nanoseconds period)
{
    return {.runtime = runtime, .deadline = period, .period = period};
}

/// 7 ms of work at 2 ms in each 10: three times it is not done.
void one_job()
{
    print("== a job of 7 ms with a runtime of 2 ms\n");
    const auto begin = Clock::now();
    auto thread = ThreadBuilder{}.deadline(implicit(2ms, 10ms)).spawn([begin] {
        work::use_cpu(7ms);
        const auto end = Clock::now();
        print("overruns {}, done after {} ms\n", this_thread::current().stats().overruns, work::milliseconds(end - begin));
    });
    print("main goes on after {} ms\n", work::milliseconds(Clock::now() - begin));
    thread->join();
}

void exact_jobs()
{
    print("== jobs within the runtime\n");
    auto thread = ThreadBuilder{}.deadline(implicit(2ms, 10ms)).spawn([] {
        for (int job = 0; job < 5; ++job) {
            work::use_cpu(1900us);
            yield_now();
        }
        return this_thread::current().stats().overruns;
    });
    print("overruns {}\n", thread->join().value());
}

/// The greedy one has the earlier deadline, and gets no more than its share nevertheless.
void others_are_safe()
{
    print("== beside a greedy thread\n");
    std::atomic<bool> stop = false;
    auto greedy = ThreadBuilder{}.deadline(implicit(4ms, 10ms)).spawn([&stop] {
        while (!stop) {
        }
        return this_thread::current().stats().overruns;
    });
    auto victim = ThreadBuilder{}.deadline(implicit(6ms, 15ms)).spawn([] {
        auto latest = 0ns;
        const auto begin = Clock::now();
        for (int job = 0; job < 8; ++job) {
            work::use_cpu(5ms);
            latest = std::max<std::chrono::nanoseconds>(latest, Clock::now() - (begin + job * 15ms));
            yield_now();
        }
        print("jobs within 15 ms {}, overruns {}\n", latest <= 15ms, this_thread::current().stats().overruns);
    });
    victim->join();
    stop = true;
    const auto overruns = greedy->join().value();
    print("the greedy one was stopped {} times\n", overruns);
}

/// 50 ms at 6 of 10 for somebody who never blocks: 30 ms, and 20 for the background.
void shares()
{
    print("== what is left\n");
    std::atomic<bool> stop = false;
    const auto begin = Clock::now();
    auto greedy = ThreadBuilder{}.deadline(implicit(6ms, 10ms)).spawn([&stop] {
        while (!stop) {
        }
    });
    auto own = 0ns;
    for (auto last = Clock::now(); last < begin + 49ms;) {
        const auto now = Clock::now();
        if (now - last < work::gap) {
            own += now - last;
        }
        last = now;
    }
    print("background {} ms, overruns {}\n", work::milliseconds(own), greedy->thread().stats().overruns);
    stop = true;
    greedy->join();
}

/// The end of a slice in the background is not an overrun.
void no_deadline()
{
    print("== without a deadline\n");
    auto a = ThreadBuilder{}.time_slice(1ms).spawn([] { timing::spin_for(5ms); });
    timing::spin_for(5ms);
    print("overruns {}\n", a->thread().stats().overruns);
    a->join();
}

}  // namespace

int main()
{
    one_job();
    exact_jobs();
    others_are_safe();
    shares();
    no_deadline();
    return 0;
}
