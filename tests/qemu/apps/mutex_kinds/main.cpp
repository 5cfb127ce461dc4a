// Recursive and robust mutexes.
#include <pegplan/pegplan.hpp>

#include <mutex>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void recursive()
{
    print("== recursive\n");
    Mutex<int, {.recursive = true}> value{1};
    {
        auto outer = value.lock();
        {
            auto inner = value.lock();
            ++*inner;
            auto third = value.try_lock();
            ++**third;
        }
        auto other = ThreadBuilder{}.priority(Priority{20}).spawn([&value] {
            print("other: try {}\n", value.try_lock().has_value());
            auto guard = value.lock();
            print("other: {}\n", *guard);
        });
        ++*outer;
        print("main: {}\n", *outer);
    }
    print("main: done\n");

    Mutex<void, {.recursive = true}> plain;
    const std::scoped_lock first{plain};
    const std::scoped_lock second{plain};
    print("locked {}\n", plain.is_locked());
}

using Robust = Mutex<int, {.robust = true}>;

void robust()
{
    print("== robust: an owner ends, nobody waits\n");
    Robust value{5};
    auto careless = ThreadBuilder{}.priority(Priority{20}).spawn([&value] {
        auto guard = value.lock();
        **guard = 6;
        this_thread::exit();
    });
    careless->join();
    {
        auto guard = value.lock();
        print("got it {}, owner died {}\n", guard.has_value(), guard->owner_died());
        guard->make_consistent() = 7;
        print("consistent {}: {}\n", !guard->owner_died(), **guard);
    }
    print("next: owner died {}\n", value.lock()->owner_died());

    print("== robust: an owner ends, others wait\n");
    auto second = ThreadBuilder{}.priority(Priority{20}).spawn([&value] {
        auto guard = value.lock();
        this_thread::sleep_for(1ms);
        this_thread::exit();
    });
    auto heir = ThreadBuilder{}.priority(Priority{21}).spawn([&value] {
        auto guard = value.lock();
        print("heir: owner died {}\n", guard->owner_died());
        guard->make_consistent();
    });
    auto later = ThreadBuilder{}.priority(Priority{20}).spawn([&value] {
        auto guard = value.lock();
        print("later: owner died {}\n", guard->owner_died());
        this_thread::sleep_for(1ms);
    });
    print("try: {}\n", value.try_lock().error());
    print("for: {}\n", value.try_lock_for(1ms).error());
    second->join();
    heir->join();
    later->join();

    print("== robust: nobody makes it consistent\n");
    Robust broken{1};
    auto third = ThreadBuilder{}.priority(Priority{20}).spawn([&broken] {
        auto guard = broken.lock();
        this_thread::sleep_for(1ms);
        this_thread::exit();
    });
    auto waiter = ThreadBuilder{}.priority(Priority{20}).spawn([&broken] {
        auto guard = broken.lock();
        print("waiter: {}\n", guard->owner_died());
        this_thread::sleep_for(1ms);
    });
    auto last = ThreadBuilder{}.priority(Priority{20}).spawn([&broken] {
        print("last: {}\n", broken.lock().error());
    });
    third->join();
    waiter->join();
    last->join();
    print("main: {}\n", broken.lock().error());
    print("main: {}\n", broken.try_lock().error());
}

/// A robust owner inherits like any other.
void robust_inheritance()
{
    print("== robust: inheritance\n");
    Robust value{1};
    auto owner = ThreadBuilder{}.priority(Priority{20}).spawn([&value] {
        auto guard = value.lock();
        this_thread::sleep_for(1ms);
        print("owner {}\n", this_thread::current().priority());
    });
    auto urgent = ThreadBuilder{}.priority(Priority{25}).spawn([&value] {
        auto guard = value.lock();
        print("urgent {}\n", this_thread::current().priority());
    });
    owner->join();
    urgent->join();
}

}  // namespace

int main()
{
    recursive();
    robust();
    robust_inheritance();
    return 0;
}
