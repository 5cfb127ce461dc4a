// What threads cost. Rows that say "until" are one way: from the call in one thread to the moment in which the other one goes on.
#include "tests/perf/suite/measure.hpp"

namespace bench {

namespace {

/// Takes the time when it is moved: a builder moves the closure between creating a thread and starting it.
class Splitter {
public:
    Splitter(Row& create, Stopwatch& creating, Stopwatch& starting) noexcept
        : create_{&create}, creating_{&creating}, starting_{&starting}
    {
    }
    Splitter(Splitter&& other) noexcept
        : create_{other.create_}, creating_{other.creating_}, starting_{other.starting_}
    {
        create_->add(creating_->stop());
        starting_->start();
    }
    void operator()() const noexcept {}

private:
    Row* create_;
    Stopwatch* creating_;
    Stopwatch* starting_;
};

void measure_yield()
{
    measure("yield, alone", [] { yield_now(); });
    Row row{"yield, until another thread runs"};
    Stopwatch watch;
    volatile bool stop = false;
    auto other = spawn([&] {
        while (!stop) {
            row.add(watch.stop());
            watch.start();
            yield_now();
        }
    });
    watch.start();
    yield_now();
    for (Count turn = 0; turn < repetitions / 2; ++turn) {
        row.add(watch.stop());
        watch.start();
        yield_now();
    }
    stop = true;
    other->join();
}

void measure_spawn()
{
    {
        Row start{"spawn: start, less urgent"};
        Row create{"spawn: create"};
        for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
            Stopwatch creating;
            Stopwatch starting;
            const ThreadBuilder builder = ThreadBuilder{}.priority(below);
            creating.start();
            auto thread = builder.spawn(Splitter{create, creating, starting});
            start.add(starting.stop());
            thread->join();
        }
    }
    {
        Row joined{"join of one that has ended"};
        Row ended{"exit, until another thread runs"};
        Row spawned{"spawn: more urgent, until it runs"};
        Stopwatch watch;
        for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
            const ThreadBuilder builder = ThreadBuilder{}.priority(above);
            watch.start();
            auto thread = builder.spawn([&] {
                spawned.add(watch.stop());
                watch.start();
            });
            ended.add(watch.stop());
            watch.start();
            static_cast<void>(thread->join());
            joined.add(watch.stop());
        }
    }
    Row goes_on{"exit, until the joiner has joined"};
    Row waits{"join that waits, until the thread runs"};
    Stopwatch watch;
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        auto thread = ThreadBuilder{}.priority(below).spawn([&] {
            waits.add(watch.stop());
            watch.start();
        });
        watch.start();
        static_cast<void>(thread->join());
        goes_on.add(watch.stop());
    }
}

void measure_suspend()
{
    volatile bool stop = false;
    Stopwatch watch;
    Row suspends{"suspend itself, until another thread runs"};
    Row resumes{"resume, until the more urgent thread runs"};
    auto other = ThreadBuilder{}.priority(above).spawn([&] {
        const Thread self = this_thread::current();
        self.suspend();
        while (!stop) {
            resumes.add(watch.stop());
            watch.start();
            self.suspend();
        }
    });
    const Thread thread = other->thread();
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        watch.start();
        thread.resume();
        suspends.add(watch.stop());
    }
    stop = true;
    thread.resume();
    other->join();
}

void measure_suspend_other()
{
    Row resumes{"resume a less urgent one"};
    Row suspends{"suspend another, ready one"};
    auto other = ThreadBuilder{}.priority(below).spawn([] {});
    const Thread thread = other->thread();
    Stopwatch watch;
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        watch.start();
        thread.suspend();
        suspends.add(watch.stop());
        watch.start();
        thread.resume();
        resumes.add(watch.stop());
    }
    other->join();
}

}  // namespace

void measure_threads()
{
    begin_group("Threads");
    measure("clock", [] { static_cast<void>(Clock::now()); });
    measure_yield();
    measure_spawn();
    measure("spawn and join", [] { static_cast<void>(spawn([] {})->join()); });
    measure("spawn and join, more urgent", [] { static_cast<void>(ThreadBuilder{}.priority(above).spawn([] {})->join()); });
    measure_suspend();
    measure_suspend_other();
}

}  // namespace bench
