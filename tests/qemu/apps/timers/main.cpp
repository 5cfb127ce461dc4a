// Timers: once, periodically, without drift, cancelled, from their own functions. The same in both places where functions can
// run, hence nothing here depends on what preempts what within one moment.
#include <pegplan/pegplan.hpp>

#include <atomic>
#include <optional>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void once()
{
    print("== once\n");
    BinarySemaphore fired;
    Timer timer{[&] { fired.release(); }};
    print("running {}\n", timer.is_running());
    const auto begin = Clock::now();
    timer.start_once(2ms);
    print("running {}, remaining {}\n", timer.is_running(), *timer.remaining() > 1ms);
    fired.acquire();
    const auto waited = Clock::now() - begin;
    print("after 2ms {}, late {}\n", waited >= 2ms, waited > 3ms);
    print("running {}, expirations {}, remaining {}\n", timer.is_running(), timer.expirations(), timer.remaining().has_value());
    timer.start_once_at(begin + 5ms);
    fired.acquire();
    print("at 5ms {}\n", Clock::now() - begin >= 5ms && Clock::now() - begin < 6ms);
    timer.start_once(0ms);
    fired.acquire();
    timer.start_once_at(begin);
    fired.acquire();
    print("expirations {}\n", timer.expirations());
}

void cancelled()
{
    print("== cancelled\n");
    std::atomic<int> calls = 0;
    Timer timer{[&] { ++calls; }};
    print("{}\n", timer.cancel());
    timer.start_once(1ms);
    print("{}\n", timer.cancel());
    this_thread::sleep_for(2ms);
    print("calls {}\n", calls.load());
    timer.start_once(1ms);
    timer.start_once(3ms);  // anew
    this_thread::sleep_for(2ms);
    print("calls {}\n", calls.load());
    this_thread::sleep_for(2ms);
    print("calls {}\n", calls.load());
    timer.start_periodic(1ms);
    {
        Timer ends_with_its_scope{[&] { calls += 100; }};
        ends_with_its_scope.start_once(1ms);
    }
    this_thread::sleep_for(3500us);
    print("{}\n", timer.cancel_and_wait());
    this_thread::sleep_for(5ms);
    print("calls {}\n", calls.load());
}

/// A thousand periods of a length that is no whole number of the counter's ticks.
void no_drift()
{
    print("== no drift\n");
    constexpr auto period = 333'333ns;
    constexpr int periods = 1000;
    const auto begin = Clock::now();
    int calls = 0;
    std::chrono::nanoseconds worst{0};
    BinarySemaphore end;
    Timer timer{[&] {
        ++calls;
        const auto late = Clock::now() - (begin + 1ms + (calls - 1) * period);
        worst = late > worst ? late : worst;
        if (late < 0ns) {
            panic("call {} comes {} early", calls, -late);
        }
        if (calls == periods) {
            end.release();
        }
    }};
    timer.start_periodic_at(begin + 1ms, period);
    end.acquire();
    print("running {}\n", timer.is_running());
    print("{}\n", timer.cancel());
    print("calls {}, missed {}, late by less than 50us {}\n", calls, timer.missed(), worst < 50us);
}

/// Sleeping until multiples of a period does not drift either.
void sleeping_without_drift()
{
    print("== sleeping\n");
    auto wake = Clock::now();
    const auto begin = wake;
    std::chrono::nanoseconds worst{0};
    for (const auto period : {1ms, 17ms, 1000ms, 60'000ms, 3'600'000ms}) {
        for (int turn = 0; turn < 20; ++turn) {
            wake += period;
            this_thread::sleep_until(wake);
            const auto late = Clock::now() - wake;
            worst = late > worst ? late : worst;
        }
    }
    print("{} late by less than 50us {}\n", wake - begin, worst < 50us);
}

void starts_itself()
{
    print("== from its own function\n");
    struct Shared {
        void (*act)(Shared&);
        int left = 5;
        BinarySemaphore end{};
        void* timer = nullptr;
    };
    struct Function {
        Shared* shared;
        void operator()() const { shared->act(*shared); }
    };
    using Own = Timer<Function>;

    Shared restarts{.act = [](Shared& shared) {
        if (--shared.left > 0) {
            static_cast<Own*>(shared.timer)->start_once(100us);
        } else {
            shared.end.release();
        }
    }};
    Own again{Function{&restarts}};
    restarts.timer = &again;
    again.start_once(100us);
    restarts.end.acquire();
    print("left {}\n", restarts.left);

    Shared cancels{.act = [](Shared& shared) {
        if (--shared.left == 2) {
            static_cast<Own*>(shared.timer)->cancel();
            shared.end.release();
        }
    }};
    Own periodic{Function{&cancels}};
    cancels.timer = &periodic;
    periodic.start_periodic(100us);
    cancels.end.acquire();
    this_thread::sleep_for(1ms);
    print("left {}, running {}\n", cancels.left, periodic.is_running());
}

/// Many timers, each at its time.
void many()
{
    print("== many\n");
    struct Shared {
        int calls = 0;
        bool in_order = true;
        int last = 0;
    } shared;
    struct Function {
        Shared* shared;
        int number;
        void operator()() const
        {
            ++shared->calls;
            shared->in_order = shared->in_order && number > shared->last;
            shared->last = number;
        }
    };
    constexpr int count = 50;
    std::optional<Timer<Function>> timers[count];
    const auto begin = Clock::now() + 1ms;
    for (int index = 0; index < count; ++index) {
        const int number = (index * 37) % count + 1;
        timers[index].emplace(Function{&shared, number});
        timers[index]->start_once_at(begin + number * 50us);
    }
    this_thread::sleep_until(begin + (count + 2) * 50us);
    print("calls {}, in order {}\n", shared.calls, shared.in_order);
}

}  // namespace

int main()
{
    once();
    cancelled();
    no_drift();
    sleeping_without_drift();
    starts_itself();
    many();
    return 0;
}
