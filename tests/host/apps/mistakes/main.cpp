// Mistakes that sanitizers find, made in a thread that has been preempted and switched from before. Which one is a number
// (support/scenario.hpp): 0 none; 1 beyond an array on the stack; 2 beyond a global one; 3 into a frame that has ended; 4 a
// shift by more than there are bits.
#include "tests/qemu/apps/support/scenario.hpp"

#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

std::array<int, 8> global{};

template <class T>
[[gnu::noinline]] T opaque(T value)
{
    asm volatile("" : "+r"(value) : : "memory");
    return value;
}

[[gnu::noinline]] int* into_a_frame()
{
    int local = 1;
    return opaque(&local);
}

[[gnu::noinline]] int make(std::uint32_t mistake)
{
    std::array<int, 8> local{};
    opaque(local.data());
    switch (mistake) {
    case 1: return opaque(local.data())[opaque(8)];
    case 2: return opaque(global.data())[opaque(9)];
    case 3: return *into_a_frame();
    case 4: return 1 << opaque(40);
    default: return local[0];
    }
}

}  // namespace

int main()
{
    auto spinner = spawn([] {
        for (const auto end = Clock::now() + 20ms; Clock::now() < end;) {
        }
    });
    auto careless = ThreadBuilder{}.name("careless").spawn([] {
        for (const auto end = Clock::now() + 25ms; Clock::now() < end;) {
        }
        this_thread::sleep_for(1ms);
        return make(scenario::number());
    });
    careless->join();
    spinner->join();
    print("done\n");
    return 0;
}
