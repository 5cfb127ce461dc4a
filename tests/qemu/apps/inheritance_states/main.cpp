// Priority inheritance among threads in every state: owners that sleep, are suspended, or wait for something else; chains that
// meet; longer chains than are followed; robust mutexes and condition variables.
#include "tests/qemu/apps/support/actors.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <mutex>

using namespace pegplan;
using actors::say;
using actors::start;
using namespace std::chrono_literals;

namespace {

void show(std::string_view when, const JoinHandle<void>& handle)
{
    print("{}: {} has {} of {}\n", when, handle.thread().name(), handle.thread().priority(), handle.thread().base_priority());
}

/// An owner that is suspended inherits, and gives back, without running.
void suspended_owner()
{
    print("== a suspended owner\n");
    Mutex<> mutex;
    auto owner = start("owner", 16, [&] {
        const std::scoped_lock lock{mutex};
        this_thread::current().suspend();
        say("resumed");
    });
    auto waiter = start("waiter", 25, [&] { print("waiter: {}\n", mutex.try_lock_for(1ms)); });
    show("waited for", owner);
    this_thread::sleep_for(2ms);
    show("given up", owner);
    auto patient = start("patient", 24, [&] {
        const std::scoped_lock lock{mutex};
        say("has it");
    });
    show("waited for", owner);
    owner.thread().resume();
    owner.join();
}

/// A waiter that is suspended goes on lending, and its limit goes on running.
void suspended_waiter()
{
    print("== a suspended waiter\n");
    Mutex<> mutex;
    mutex.lock();
    auto waiter = start("waiter", 25, [&] { print("waiter: {}\n", mutex.try_lock_for(1ms)); });
    waiter.thread().suspend();
    print("main {}\n", this_thread::current().priority());
    waiter.thread().set_priority(Priority{22});
    print("main {}\n", this_thread::current().priority());
    this_thread::sleep_for(2ms);
    print("main {}, waiter finished {}\n", this_thread::current().priority(), waiter.is_finished());
    waiter.thread().resume();
    mutex.unlock();
}

/// Two chains end at the same owner: it has the higher of both, and then the one that is left.
void two_chains_meet()
{
    print("== two chains meet\n");
    Mutex<> left;
    Mutex<> right;
    Mutex<> common;
    Semaphore end;
    auto owner = start("owner", 16, [&] {
        const std::scoped_lock lock{common};
        end.acquire();
        say("leaves");
    });
    auto on_left = start("on left", 17, [&] {
        const std::scoped_lock lock{left};
        const std::scoped_lock other{common};
        say("has both");
    });
    auto on_right = start("on right", 18, [&] {
        const std::scoped_lock lock{right};
        const std::scoped_lock other{common};
        say("has both");
    });
    auto first = start("first", 24, [&] { print("first: {}\n", left.try_lock_for(1ms)); });
    auto second = start("second", 27, [&] { print("second: {}\n", right.try_lock_for(2ms)); });
    const auto show_all = [&](std::string_view when) {
        show(when, owner);
        show(when, on_left);
        show(when, on_right);
    };
    show_all("both");
    second.thread().set_priority(Priority{20});
    show_all("second lowered");
    this_thread::sleep_for(1500us);
    show_all("first gone");
    this_thread::sleep_for(1ms);
    show_all("second gone");
    end.release();
}

/// A thread that has inherited waits for a condition: with the mutex it gives the priority back, and stands accordingly.
void condition_with_inherited_priority()
{
    print("== a condition\n");
    Mutex<> mutex;
    ConditionVariable condition;
    auto heir = start("heir", 16, [&] {
        std::unique_lock lock{mutex};
        this_thread::sleep_for(1ms);
        say("begins to wait");
        condition.wait(lock);
        say("notified");
    });
    auto urgent = start("urgent", 25, [&] {
        std::unique_lock lock{mutex};
        say("has it");
    });
    this_thread::sleep_for(2ms);
    show("waits", heir);
    auto rival = start("rival", 20, [&] {
        std::unique_lock lock{mutex};
        condition.wait(lock);
        say("notified");
    });
    condition.notify_one();
    condition.notify_one();
}

/// Chains that go through a wait for a condition: the mutex is wanted again, and its owner inherits.
void condition_wakes_into_a_chain()
{
    print("== from a condition into a chain\n");
    Mutex<> mutex;
    ConditionVariable condition;
    auto urgent = start("urgent", 25, [&] {
        std::unique_lock lock{mutex};
        print("urgent: notified {}\n", condition.wait_for(lock, 1ms) == WaitStatus::notified);
    });
    mutex.lock();
    condition.notify_all();
    print("main {}\n", this_thread::current().priority());
    mutex.unlock();
    print("main {}\n", this_thread::current().priority());
}

/// The end of an owner of robust mutexes: each heir gets what is its own, nothing stays with the dead.
void robust()
{
    print("== robust\n");
    using Robust = Mutex<int, {.robust = true}>;
    Robust one{1};
    Robust two{2};
    Semaphore end;
    auto owner = start("owner", 16, [&] {
        auto first = one.lock();
        auto second = two.lock();
        end.acquire();
        say("ends");
        this_thread::exit();
    });
    const auto heir = [](Robust& wanted) {
        return [&wanted] {
            auto guard = wanted.lock();
            say(guard->owner_died() ? "owner died" : "owner left");
            guard->make_consistent();
        };
    };
    auto quitter = start("quitter", 28, [&] { print("quitter: {}\n", one.try_lock_for(1ms).error()); });
    auto a = start("a", 24, heir(one));
    auto b = start("b", 22, heir(one));
    auto c = start("c", 26, heir(two));
    show("all wait", owner);
    this_thread::sleep_for(2ms);
    show("quitter gone", owner);
    end.release();
    owner.join();
}

/// A change is followed for MUTEX_INHERITANCE_DEPTH owners. What several changes have lent to owners farther away goes back when they
/// leave their mutexes, at the latest.
void beyond_the_depth()
{
    print("== beyond the depth\n");
    constexpr std::size_t length = 12;
    std::array<Mutex<>, length> mutexes;
    std::array<JoinHandle<void>, length> links;
    Semaphore end;
    int kept = 0;
    for (std::size_t index = 0; index < length; ++index) {
        links[index] = start("link", 16, [&, index] {
            {
                const std::scoped_lock own{mutexes[index]};
                if (index == 0) {
                    end.acquire();
                } else {
                    const std::scoped_lock other{mutexes[index - 1]};
                }
            }
            const Thread self = this_thread::current();
            kept += self.priority() != self.base_priority() ? 1 : 0;
        });
    }
    const auto show_all = [&] {
        for (const auto& link : links) {
            print("{} ", link.thread().priority());
        }
        print("\n");
    };
    auto urgent = start("urgent", 30, [&] { static_cast<void>(mutexes[length - 1].try_lock_for(1ms)); });
    show_all();
    // A change in the middle is followed from there.
    links[4].thread().set_priority(Priority{17});
    show_all();
    this_thread::sleep_for(2ms);
    show_all();
    links[4].thread().set_priority(Priority{16});
    end.release();
    for (auto& link : links) {
        link.join();
    }
    print("kept by {}\n", kept);
}

}  // namespace

int main()
{
    suspended_owner();
    suspended_waiter();
    two_chains_meet();
    condition_with_inherited_priority();
    condition_wakes_into_a_chain();
    robust();
    beyond_the_depth();
    print("main has {} of {}\n", this_thread::current().priority(), this_thread::current().base_priority());
    return 0;
}
