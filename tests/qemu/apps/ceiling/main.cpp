// Priority ceilings: an owner runs with the ceiling from lock to unlock.
#include <pegplan/pegplan.hpp>

#include <mutex>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void say(std::string_view event)
{
    print("{} ({}): {}\n", this_thread::current().name(), this_thread::current().priority(), event);
}

void raised()
{
    print("== raised\n");
    Mutex<> low{PriorityCeiling{Priority{20}}};
    Mutex<int> high{PriorityCeiling{Priority{25}}, 3};
    Mutex<> highest;
    say("free");
    low.lock();
    say("low");
    {
        auto guard = high.lock();
        say("low and high");
        low.unlock();
        say("high");
        print("{}\n", *guard);
    }
    say("free");
    print("{}\n", low.try_lock());
    say("low");
    low.unlock();
    highest.lock();
    say("highest");
    highest.unlock();
    this_thread::current().set_priority(Priority{10});
    low.lock();
    this_thread::current().set_priority(Priority{12});
    say("low");
    low.unlock();
    say("free");
    this_thread::current().set_priority(Priority{15});
}

/// Nobody up to the ceiling runs while the mutex is held: there is no inversion, and no chain.
void no_inversion()
{
    print("== no inversion\n");
    Mutex<> mutex{PriorityCeiling{Priority{20}}};
    mutex.lock();
    auto user = ThreadBuilder{}.name("user").priority(Priority{20}).spawn([&] {
        const std::scoped_lock lock{mutex};
        say("has it");
    });
    auto middle = ThreadBuilder{}.name("middle").priority(Priority{18}).spawn([] { say("runs"); });
    auto urgent = ThreadBuilder{}.name("urgent").priority(Priority{21}).spawn([] { say("runs"); });
    say("leaves");
    mutex.unlock();
    say("has left");
    user->join();
    middle->join();
    urgent->join();
}

/// An owner that sleeps lets others come: they wait, and get it with the ceiling.
void owner_sleeps()
{
    print("== the owner sleeps\n");
    Mutex<> mutex{PriorityCeiling{Priority{20}}};
    auto owner = ThreadBuilder{}.name("owner").priority(Priority{5}).spawn([&] {
        const std::scoped_lock lock{mutex};
        this_thread::sleep_for(2ms);
        say("leaves");
    });
    this_thread::sleep_for(1ms);
    auto waiter = ThreadBuilder{}.name("waiter").priority(Priority{16}).spawn([&] {
        const std::scoped_lock lock{mutex};
        say("has it");
    });
    print("impatient {}\n", mutex.try_lock_for(100us));
    owner->join();
    waiter->join();
    say("end");
}

}  // namespace

int main()
{
    raised();
    no_inversion();
    owner_sleeps();
    return 0;
}
