// Spin locks: nobody else runs while one is held, and the standard library's guards. What misuse does is in endings.
#include "tests/qemu/apps/support/timing.hpp"

#include <pegplan/pegplan.hpp>
#include <pegplan/spin_lock.hpp>

#include <array>
#include <mutex>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority high{20};

/// Wakes up after 1 ms, if it may.
template <class Held>
void interrupted_while(const char* title, Held held)
{
    bool woken = false;
    auto urgent = ThreadBuilder{}.priority(high).spawn([&woken] {
        this_thread::sleep_for(1ms);
        woken = true;
    });
    print("{}: ", title);
    held(woken);
    urgent->join();
}

bool after_a_while(const bool& woken)
{
    timing::spin_for(3ms);
    return *const_cast<const volatile bool*>(&woken);
}

void interrupts_are_masked()
{
    print("== interrupts\n");
    SpinLock lock;
    SpinLock other;
    interrupted_while("without", [](const bool& woken) { print("{}\n", after_a_while(woken)); });
    interrupted_while("with", [&lock](const bool& woken) {
        lock.lock();
        const bool inside = after_a_while(woken);
        lock.unlock();
        print("inside {}, afterwards {}\n", inside, after_a_while(woken));
    });
    interrupted_while("in the order of taking", [&](const bool& woken) {
        lock.lock();
        other.lock();
        lock.unlock();
        const bool inside = after_a_while(woken);
        other.unlock();
        print("inside {}, afterwards {}\n", inside, after_a_while(woken));
    });
}

void guards_of_the_standard_library()
{
    print("== std guards\n");
    SpinLock first;
    SpinLock second;
    bool taken = false;
    {
        const std::scoped_lock both{first, second};
        taken = second.try_lock();
    }
    print("try inside {}\n", taken);
    taken = second.try_lock();
    second.unlock();
    print("try afterwards {}\n", taken);
    std::unique_lock unique{first, std::try_to_lock};
    taken = unique.owns_lock();
    unique.unlock();
    print("unique {}\n", taken);
}

/// Threads that are preempted everywhere else lose no increment.
void counting()
{
    print("== counting\n");
    constexpr int turns = 2000;
    SpinLock lock;
    volatile long counter = 0;
    std::array<JoinHandle<void>, 4> handles;
    for (auto& handle : handles) {
        handle = std::move(*ThreadBuilder{}.time_slice(20us).spawn([&] {
            for (int turn = 0; turn < turns; ++turn) {
                const std::scoped_lock guard{lock};
                const long seen = counter;
                counter = seen + 1;
            }
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
    print("{}\n", static_cast<long>(counter));
}

}  // namespace

int main()
{
    interrupts_are_masked();
    guards_of_the_standard_library();
    counting();
    return 0;
}
