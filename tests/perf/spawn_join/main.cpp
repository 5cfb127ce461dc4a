// What it costs to spawn a thread and to join it. Under --icount the figure is a number of instructions (a nanosecond each).
#include <pegplan/pegplan.hpp>

#include <string_view>

using namespace pegplan;

namespace {

constexpr int rounds = 2'000;

template <class Step>
void measure(std::string_view what, Step&& step)
{
    step();  // the first one makes what the others find
    const auto begin = Clock::now();
    for (int round = 0; round < rounds; ++round) {
        step();
    }
    const auto each = (Clock::now() - begin) / rounds;
    print("{}: {} ns\n", what, static_cast<long>(each.count()));
}

}  // namespace

int main()
{
    const Priority above{this_thread::current().priority().level() + 1};
    const Priority below{this_thread::current().priority().level() - 1};
    measure("spawn and join, as urgent", [] { static_cast<void>(ThreadBuilder{}.stack_size(4_KiB).spawn([] {})->join()); });
    measure("spawn and join, more urgent",
            [above] { static_cast<void>(ThreadBuilder{}.stack_size(4_KiB).priority(above).spawn([] {})->join()); });
    measure("spawn and join, less urgent",
            [below] { static_cast<void>(ThreadBuilder{}.stack_size(4_KiB).priority(below).spawn([] {})->join()); });
    return 0;
}
