// Deadlines that make no sense, and those for which there is no room.
#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

Result<JoinHandle<void>> spawn_with(const DeadlineParameters& parameters, Semaphore& end)
{
    return ThreadBuilder{}.stack_size(8_KiB).deadline(parameters).spawn([&end] { end.acquire(); });
}

void show(const char* what, const Result<JoinHandle<void>>& result)
{
    if (result) {
        print("{}: admitted\n", what);
    } else {
        print("{}: {}\n", what, result.error());
    }
}

void parameters()
{
    print("== parameters\n");
    Semaphore end{100};
    const auto attempt = [&end](const char* what, std::chrono::nanoseconds runtime, std::chrono::nanoseconds deadline,
                                std::chrono::nanoseconds period) {
        show(what, spawn_with({.runtime = runtime, .deadline = deadline, .period = period}, end));
    };
    attempt("no runtime", 0ms, 10ms, 10ms);
    attempt("a negative runtime", -1ms, 10ms, 10ms);
    attempt("a runtime below the minimum", 19us, 10ms, 10ms);
    attempt("the minimum", 20us, 10ms, 10ms);
    attempt("no deadline", 1ms, 0ms, 10ms);
    attempt("a negative deadline", 1ms, -5ms, 10ms);
    attempt("a runtime beyond the deadline", 6ms, 5ms, 10ms);
    attempt("no period", 1ms, 5ms, 0ms);
    attempt("a deadline beyond the period", 1ms, 11ms, 10ms);
    attempt("a period that the clock cannot count", 1ms, 5ms, std::chrono::nanoseconds::max());
    attempt("a whole CPU", 10ms, 10ms, 10ms);
    attempt("a long period", 1h, 10h, 20h);
}

/// EDF_SHARE_PERCENT is 95.
void admission()
{
    print("== admission\n");
    Semaphore end{0};
    auto large = spawn_with({.runtime = 6ms, .deadline = 10ms, .period = 10ms}, end);
    show("60 %", large);
    show("40 %", spawn_with({.runtime = 4ms, .deadline = 10ms, .period = 10ms}, end));
    show("36 % of a short deadline", spawn_with({.runtime = 1800us, .deadline = 5ms, .period = 50ms}, end));
    show("35.01 %", spawn_with({.runtime = 3501us, .deadline = 10ms, .period = 10ms}, end));
    auto rest = spawn_with({.runtime = 35ms, .deadline = 100ms, .period = 100ms}, end);
    show("35 %", rest);
    show("0.1 %", spawn_with({.runtime = 100us, .deadline = 100ms, .period = 100ms}, end));
    end.release(2);
    large->join();
    rest->join();
    auto again = spawn_with({.runtime = 9ms, .deadline = 10ms, .period = 10ms}, end);
    show("90 % when they have ended", again);
    end.release();
    again->join();
}

/// Who is refused leaves nothing behind: neither a record nor a stack, nor a share.
void refused_often()
{
    print("== refused often\n");
    Semaphore end{0};
    int refused = 0;
    for (int attempt = 0; attempt < 1'000; ++attempt) {
        refused += !spawn_with({.runtime = 10ms, .deadline = 10ms, .period = 10ms}, end) ? 1 : 0;
    }
    auto admitted = spawn_with({.runtime = 9ms, .deadline = 10ms, .period = 10ms}, end);
    print("{} refused\n", refused);
    show("90 %", admitted);
    end.release();
    admitted->join();
}

/// Ends that nobody waits for give back what was claimed as well.
void ends()
{
    print("== ends\n");
    constexpr DeadlineParameters most{.runtime = 9ms, .deadline = 10ms, .period = 10ms};
    bool all = true;
    for (int turn = 0; turn < 10; ++turn) {
        auto thread = ThreadBuilder{}.deadline(most).spawn([] { this_thread::exit(); });
        all = all && thread.has_value();
        thread->detach();
    }
    print("{}\n", all);
}

/// A builder that spawns two threads asks twice; a child does not inherit.
void children()
{
    print("== children\n");
    Semaphore end{0};
    ThreadBuilder builder;
    builder.deadline(DeadlineParameters{.runtime = 30ms, .deadline = 100ms, .period = 100ms});
    std::array<Result<JoinHandle<void>>, 4> threads{
        builder.spawn([&end] { end.acquire(); }), builder.spawn([&end] { end.acquire(); }),
        builder.spawn([&end] {
            auto child = spawn([] { print("child in the background\n"); });
            end.acquire();
            child->join();
        }),
        builder.spawn([] {})};
    for (auto& thread : threads) {
        show("30 %", thread);
    }
    end.release(3);
    for (auto& thread : threads) {
        if (thread) {
            thread->join();
        }
    }
}

/// The set of CPUs must hold that which admitted the thread: with one CPU, any.
void affinity()
{
    print("== affinity\n");
    Semaphore end{0};
    auto thread = spawn_with({.runtime = 1ms, .deadline = 10ms, .period = 10ms}, end);
    print("{}\n", thread->thread().set_affinity(CpuSet::all()).has_value());
    print("{}\n", thread->thread().set_affinity(CpuSet{}).error());
    end.release();
    thread->join();
}

}  // namespace

int main()
{
    parameters();
    admission();
    refused_often();
    ends();
    children();
    affinity();
    return 0;
}
