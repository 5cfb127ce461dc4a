// Priority inheritance: who runs with whose priority, and until when.
#include "tests/qemu/apps/support/actors.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <mutex>

using namespace pegplan;
using actors::say;
using actors::start;
using namespace std::chrono_literals;

namespace {

/// The textbook case: without inheritance `middle` would run before `low` leaves the mutex for which `high` waits.
void inversion()
{
    print("== inversion\n");
    Mutex<> mutex;
    auto low = start("low", 5, [&mutex] {
        const std::scoped_lock lock{mutex};
        say("has it");
        this_thread::sleep_for(2ms);
        say("leaves");
    });
    this_thread::sleep_for(1ms);  // low has it and sleeps
    auto high = start("high", 25, [&mutex] {
        say("wants it");
        const std::scoped_lock lock{mutex};
        say("has it");
    });
    print("low has {} of {}\n", low.thread().priority(), low.thread().base_priority());
    auto middle = start("middle", 20, [] {
        const auto end = Clock::now() + 3ms;
        say("spins");
        while (Clock::now() < end) {
        }
        say("ends");
    });
    high.join();
    middle.join();
    low.join();
    print("main has {}\n", this_thread::current().priority());
}

/// a waits for what b has, b for what c has, c for what d has.
void chain()
{
    print("== a chain of three owners\n");
    Mutex<> first;
    Mutex<> second;
    Mutex<> third;
    auto d = start("d", 2, [&] {
        third.lock();
        this_thread::sleep_for(3ms);
        say("leaves third");
        third.unlock();
        say("has left");
    });
    this_thread::sleep_for(200us);
    auto c = start("c", 3, [&] {
        const std::scoped_lock lock{second};
        const std::scoped_lock other{third};
        say("has both");
    });
    this_thread::sleep_for(200us);
    auto b = start("b", 4, [&] {
        const std::scoped_lock lock{first};
        const std::scoped_lock other{second};
        say("has both");
    });
    this_thread::sleep_for(200us);
    auto a = start("a", 30, [&] {
        const std::scoped_lock lock{first};
        say("has it");
    });
    print("a {} b {} c {} d {}\n", a.thread().priority(), b.thread().priority(), c.thread().priority(),
          d.thread().priority());
    for (auto* thread : {&a, &b, &c, &d}) {
        thread->join();
    }
}

/// The waiter at the end of a chain gives up: all along the chain what it lent goes back, at once.
void gives_up()
{
    print("== a waiter in the chain gives up\n");
    Mutex<> first;
    Mutex<> second;
    auto c = start("c", 3, [&] {
        const std::scoped_lock lock{second};
        this_thread::sleep_for(4ms);
        say("leaves");
    });
    this_thread::sleep_for(200us);
    auto b = start("b", 4, [&] {
        const std::scoped_lock lock{first};
        const std::scoped_lock other{second};
        say("has both");
    });
    this_thread::sleep_for(200us);
    auto patient = start("patient", 10, [&] {
        const std::scoped_lock lock{first};
        say("has it");
    });
    auto a = start("a", 30, [&] { print("a gives up: {}\n", !first.try_lock_for(1ms)); });
    this_thread::sleep_for(200us);
    print("before: b {} c {}\n", b.thread().priority(), c.thread().priority());
    a.join();
    print("after: b {} c {}\n", b.thread().priority(), c.thread().priority());
    for (auto* thread : {&b, &c, &patient}) {
        thread->join();
    }
}

/// The waiter in the middle of a chain gives up, while somebody waits for what it has itself.
void middle_gives_up()
{
    print("== the middle of the chain gives up\n");
    Mutex<> first;
    Mutex<> second;
    auto c = start("c", 3, [&] {
        const std::scoped_lock lock{second};
        this_thread::sleep_for(4ms);
        say("leaves");
    });
    this_thread::sleep_for(200us);
    auto b = start("b", 4, [&] {
        const std::scoped_lock lock{first};
        const bool got = second.try_lock_for(1ms);
        say(got ? "has both" : "gives up");
    });
    this_thread::sleep_for(200us);
    auto a = start("a", 30, [&] {
        const std::scoped_lock lock{first};
        say("has it");
    });
    print("before: b {} c {}\n", b.thread().priority(), c.thread().priority());
    this_thread::sleep_for(2ms);
    print("after: c {}\n", c.thread().priority());
    for (auto* thread : {&a, &b, &c}) {
        thread->join();
    }
}

/// An owner of two mutexes has the priority of the most urgent of all waiters, whatever the order in which it leaves them.
void two_mutexes()
{
    print("== two mutexes\n");
    for (const bool urgent_first : {true, false}) {
        Mutex<> urgent;
        Mutex<> calm;
        auto owner = start("owner", 5, [&] {
            urgent.lock();
            calm.lock();
            this_thread::sleep_for(1ms);
            say("both");
            (urgent_first ? urgent : calm).unlock();
            say("one");
            (urgent_first ? calm : urgent).unlock();
            say("none");
        });
        this_thread::sleep_for(200us);
        auto one = start("one", 25, [&] { const std::scoped_lock lock{urgent}; say("has it"); });
        auto two = start("two", 20, [&] { const std::scoped_lock lock{calm}; say("has it"); });
        owner.join();
        one.join();
        two.join();
    }
}

/// Priorities change while threads wait.
void changes()
{
    print("== priorities change\n");
    Mutex<> mutex;
    mutex.lock();  // main, 15
    auto one = start("one", 16, [&] { const std::scoped_lock lock{mutex}; say("has it"); });
    auto two = start("two", 17, [&] { const std::scoped_lock lock{mutex}; say("has it"); });
    print("main {}\n", this_thread::current().priority());
    one.thread().set_priority(Priority{28});
    print("one raised: main {}\n", this_thread::current().priority());
    one.thread().set_priority(Priority{3});
    print("one lowered: main {}\n", this_thread::current().priority());
    this_thread::current().set_priority(Priority{10});
    print("main lowered: {} of {}\n", this_thread::current().priority(), this_thread::current().base_priority());
    this_thread::current().set_priority(Priority{18});
    print("main raised: {}\n", this_thread::current().priority());
    this_thread::current().set_priority(Priority{15});
    mutex.unlock();
    print("main {}\n", this_thread::current().priority());
    one.join();
    two.join();
}

/// Who has inherited stands in other queues with what it has inherited.
void order_in_other_queues()
{
    print("== an heir's place in another queue\n");
    Mutex<> mutex;
    Semaphore gate;
    auto owner = start("owner", 16, [&] {
        const std::scoped_lock lock{mutex};
        gate.acquire();
        say("through");
    });
    auto rival = start("rival", 20, [&] { gate.acquire(); say("through"); });
    auto urgent = start("urgent", 25, [&] { const std::scoped_lock lock{mutex}; say("has it"); });
    gate.release(2);
    owner.join();
    rival.join();
    urgent.join();
}

/// Many owners in a chain: as deep as the menu says, and no deeper.
void long_chain()
{
    print("== a long chain\n");
    constexpr std::size_t length = 12;
    std::array<Mutex<>, length> mutexes;
    std::array<JoinHandle<void>, length> threads;
    Semaphore end;
    for (std::size_t index = 0; index < length; ++index) {
        threads[index] = start("link", 16, [&, index] {
            const std::scoped_lock own{mutexes[index]};
            if (index == 0) {
                end.acquire();
            } else {
                const std::scoped_lock other{mutexes[index - 1]};
            }
        });
    }
    auto urgent = start("urgent", 30, [&] { const std::scoped_lock lock{mutexes[length - 1]}; });
    for (const auto& thread : threads) {
        print("{} ", thread.thread().priority());
    }
    print("\n");
    end.release();
    for (auto& thread : threads) {
        thread.join();
    }
    urgent.join();
}

}  // namespace

int main()
{
    inversion();
    chain();
    gives_up();
    middle_gives_up();
    two_mutexes();
    changes();
    order_in_other_queues();
    long_chain();
    return 0;
}
