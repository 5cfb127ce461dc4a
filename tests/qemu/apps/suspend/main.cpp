// Suspending and resuming threads in every state.
#include "tests/qemu/apps/support/timing.hpp"

#include <pegplan/pegplan.hpp>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority below{10};
constexpr Priority above{20};

std::string_view state_of(const Thread& thread)
{
    switch (thread.stats().state) {
    case ThreadState::ready: return "ready";
    case ThreadState::blocked: return "blocked";
    case ThreadState::suspended: return "suspended";
    case ThreadState::finished: return "finished";
    case ThreadState::gone: return "gone";
    }
    return "?";
}

/// Lets everybody else run until all wait.
void settle()
{
    this_thread::sleep_for(1ms);
}

void ready()
{
    print("== ready\n");
    auto handle = ThreadBuilder{}.priority(below).spawn([] { print("runs\n"); });
    const Thread thread = handle->thread();
    print("{}\n", state_of(thread));
    print("suspended {}\n", thread.suspend().has_value());
    print("{}\n", state_of(thread));
    settle();
    print("settled\n");
    print("resumed {}\n", thread.resume().has_value());
    print("{}\n", state_of(thread));
    settle();
    print("{}\n", state_of(thread));
    handle->join();
    print("{}\n", state_of(thread));
}

void self()
{
    print("== self\n");
    auto handle = ThreadBuilder{}.priority(above).spawn([] {
        const Thread me = this_thread::current();
        print("{}\n", state_of(me));
        me.suspend();
        print("once more\n");
        me.suspend();
        print("goes on\n");
    });
    const Thread thread = handle->thread();
    print("{}\n", state_of(thread));
    thread.resume();
    print("main\n");
    thread.resume();
    print("{}\n", state_of(thread));
    handle->join();
}

void twice()
{
    print("== twice\n");
    auto handle = ThreadBuilder{}.priority(below).spawn([] { print("runs\n"); });
    handle->thread().suspend();
    handle->thread().suspend();
    handle->thread().resume();
    settle();
    print("finished {}\n", handle->is_finished());
    handle->join();
}

void resume_without_suspension()
{
    print("== resume without suspension\n");
    auto handle = ThreadBuilder{}.priority(below).spawn([] {
        print("begins\n");
        this_thread::current().suspend();
        print("goes on\n");
    });
    const Thread thread = handle->thread();
    print("resumed {}\n", thread.resume().has_value());
    settle();
    print("{}: an earlier resume does not count\n", state_of(thread));
    thread.resume();
    handle->join();
    print("self {}\n", this_thread::current().resume().has_value());
}

void asleep()
{
    print("== asleep, resumed before the deadline\n");
    auto begin = Clock::now();
    auto early = ThreadBuilder{}.priority(above).spawn([] { this_thread::sleep_for(10ms); });
    early->thread().suspend();
    print("{}\n", state_of(early->thread()));
    this_thread::sleep_for(2ms);
    early->thread().resume();
    print("{}\n", state_of(early->thread()));
    early->join();
    const auto slept = Clock::now() - begin;
    print("slept its time {}\n", slept >= 10ms && slept < 11ms + timing::resolution);

    print("== asleep, resumed after the deadline\n");
    begin = Clock::now();
    auto late = ThreadBuilder{}.priority(above).spawn([] {
        this_thread::sleep_for(2ms);
        print("awake\n");
    });
    late->thread().suspend();
    this_thread::sleep_for(10ms);
    print("{}\n", state_of(late->thread()));
    late->thread().resume();
    print("main\n");
    late->join();
    print("as long as suspended {}\n", Clock::now() - begin >= 10ms);

    print("== asleep, suspended twice around the deadline\n");
    auto both = ThreadBuilder{}.priority(above).spawn([] {
        this_thread::sleep_for(2ms);
        print("awake\n");
    });
    both->thread().suspend();
    both->thread().resume();
    both->thread().suspend();
    this_thread::sleep_for(4ms);
    both->thread().suspend();
    print("{}\n", state_of(both->thread()));
    both->thread().resume();
    both->join();
}

void in_join()
{
    print("== in a join\n");
    auto target = std::move(*ThreadBuilder{}.priority(below).spawn([] {
        print("target ends\n");
        return 1;
    }));
    auto joiner = ThreadBuilder{}.priority(above).spawn([&target] {
        print("joined {}\n", target.join().value());
    });
    joiner->thread().suspend();
    settle();
    print("target finished {}, joiner {}\n", target.is_finished(), state_of(joiner->thread()));
    joiner->thread().resume();
    print("main\n");
    joiner->join();

    print("== in a join with a limit that passes\n");
    auto endless = std::move(*ThreadBuilder{}.priority(below).spawn([] { this_thread::current().suspend(); }));
    auto limited = ThreadBuilder{}.priority(above).spawn([&endless] {
        print("{}\n", endless.join_for(1ms).error());
    });
    limited->thread().suspend();
    this_thread::sleep_for(3ms);
    print("{}\n", state_of(limited->thread()));
    limited->thread().resume();
    limited->join();
    endless.thread().resume();
    endless.join();
}

void in_lock()
{
    print("== waiting for a mutex\n");
    Mutex<> mutex;
    mutex.lock();
    auto waiter = ThreadBuilder{}.priority(above).spawn([&mutex] {
        mutex.lock();
        print("has it\n");
        mutex.unlock();
    });
    waiter->thread().suspend();
    mutex.unlock();
    print("handed over {}, {}\n", mutex.is_locked(), state_of(waiter->thread()));
    waiter->thread().resume();
    waiter->join();
    print("locked {}\n", mutex.is_locked());
}

void suspended_while_joined()
{
    print("== joining a suspended one\n");
    auto handle = ThreadBuilder{}.priority(below).spawn([] { print("runs\n"); });
    handle->thread().suspend();
    print("{}\n", handle->join_for(1ms).error());
    handle->thread().resume();
    print("joined {}\n", handle->join().has_value());
}

void main_itself()
{
    print("== main, by another\n");
    const Thread main_thread = this_thread::current();
    auto other = ThreadBuilder{}.priority(above).spawn([main_thread] {
        main_thread.suspend();
        print("main is {}\n", state_of(main_thread));
        this_thread::sleep_for(1ms);
        print("main is still {}\n", state_of(main_thread));
        main_thread.resume();
        print("main is {}\n", state_of(main_thread));
    });
    print("main goes on, other finished {}\n", other->is_finished());
    other->join();

    print("== main, by itself\n");
    auto helper = ThreadBuilder{}.priority(below).spawn([main_thread] {
        print("helper resumes\n");
        main_thread.resume();
        print("helper ends\n");
    });
    main_thread.suspend();
    print("main resumed\n");
    helper->join();
}

void a_spinning_one()
{
    print("== a spinning one\n");
    volatile bool stop = false;
    auto spinner = ThreadBuilder{}.priority(below).spawn([&stop] {
        while (!stop) {
        }
        print("spinner stops\n");
    });
    this_thread::sleep_for(1ms);
    print("{}\n", state_of(spinner->thread()));
    spinner->thread().suspend();
    auto least = ThreadBuilder{}.priority(Priority::lowest()).spawn([] { print("the least urgent one\n"); });
    print("joined {}\n", least->join_for(1ms).has_value());
    stop = true;
    spinner->thread().resume();
    spinner->join();
}

void ended_ones()
{
    print("== ended ones\n");
    auto handle = ThreadBuilder{}.priority(above).spawn([] {});
    const Thread thread = handle->thread();
    print("{}: {} {}\n", state_of(thread), thread.suspend().error(), thread.resume().error());
    handle->join();
    print("{}: {} {}\n", state_of(thread), thread.suspend().error(), thread.resume().error());
    print("{}: {} {}\n", state_of(Thread{}), Thread{}.suspend().error(), Thread{}.resume().error());

    print("== detached while suspended\n");
    auto detached = ThreadBuilder{}.priority(below).spawn([] { print("runs\n"); });
    const Thread left = detached->thread();
    left.suspend();
    detached->detach();
    settle();
    print("{}\n", state_of(left));
    left.resume();
    settle();
    print("{}\n", state_of(left));
}

}  // namespace

int main()
{
    ready();
    self();
    twice();
    resume_without_suspension();
    asleep();
    in_join();
    in_lock();
    suspended_while_joined();
    main_itself();
    a_spinning_one();
    ended_ones();
    return 0;
}
