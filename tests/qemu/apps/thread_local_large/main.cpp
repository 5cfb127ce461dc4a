// Large thread_local variables need large stacks, and no place in the image.
#include <pegplan/pegplan.hpp>

#include <array>
#include <cstddef>

using namespace pegplan;

namespace {

constexpr std::size_t words = 64_KiB / sizeof(int);

thread_local std::array<int, words> numbers;
thread_local int before_end = 9;

/// Whether all is zero, and then no more.
bool fill(int with)
{
    bool was_zero = true;
    for (int& number : numbers) {
        was_zero = was_zero && number == 0;
        number = with;
    }
    return was_zero && before_end++ == 9;
}

bool is_filled(int with)
{
    for (const int number : numbers) {
        if (number != with) {
            return false;
        }
    }
    return before_end == 10;
}

}  // namespace

int main()
{
    const auto small = ThreadBuilder{}.stack_size(64_KiB).spawn([] {});
    print("64 KiB: {}\n", small ? "spawned" : "refused");
    print("the reason is the stack: {}\n", !small && small.error() == Error::stack_too_small);
    print("main: {}\n", fill(1));
    std::array<JoinHandle<bool>, 3> threads;
    int with = 2;
    for (auto& thread : threads) {
        thread = *ThreadBuilder{}.stack_size(128_KiB).spawn([with] {
            const bool was_zero = fill(with);
            yield_now();
            return was_zero && is_filled(with);
        });
        ++with;
    }
    for (auto& thread : threads) {
        print("128 KiB: {}\n", thread.join().value());
    }
    print("main: {}\n", is_filled(1));
    return 0;
}
