// A function writes far beyond the end of an array on its stack, as if it had been told a wrong length: with stack
// canaries this is noticed before anybody returns through the overwritten addresses, without them it is not.
#include <pegplan/board/arch.hpp>
#include <pegplan/pegplan.hpp>

#include <cstdint>

using namespace pegplan;

namespace {

constexpr int hijacked_code = 66;
volatile int words = 24;

[[noreturn]] void hijacked()
{
    arch::Port::exit(hijacked_code);
}

[[gnu::noinline]] void fill(volatile std::uintptr_t* buffer, int count)
{
    for (int index = 0; index < count; ++index) {
        buffer[index] = reinterpret_cast<std::uintptr_t>(&hijacked);
    }
}

[[gnu::noinline]] int overflow()
{
    volatile std::uintptr_t buffer[4];
    fill(buffer, words);
    return static_cast<int>(buffer[0]);
}

[[gnu::noinline]] int caller()
{
    const int value = overflow();
    print("returned to the caller\n");
    return value;
}

}  // namespace

int main()
{
    volatile std::uintptr_t room[32]{};
    print("begin\n");
    const int value = caller();
    print("not noticed\n");
    return value == 0 ? static_cast<int>(room[0]) : 1;
}
