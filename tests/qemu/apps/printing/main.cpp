// Lines of threads that print at the same time are whole; what is printed with interrupts masked waits its turn.
#include "arch/port.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

/// Formats as a word, and lets a more urgent thread run in the middle of the line.
struct Interrupted {
    Thread urgent;
};

}  // namespace

template <>
struct pegplan::Formatter<Interrupted> {
    static void format(FormatSink& sink, const Interrupted& value, const FormatSpec&)
    {
        sink.write("be");
        value.urgent.resume();
        sink.write("tween");
    }
};

namespace {

constexpr Priority high{20};

void competing_lines()
{
    print("== competing lines\n");
    std::array<JoinHandle<void>, 4> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.time_slice(7us).spawn([index] {
            for (int line = 0; line < 60; ++line) {
                print("thread {} line {:02} {:.>100} {:->60} end\n", index, line, "dots", index * 1000 + 7);
            }
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
    print("== preempted lines\n");
    // One that wakes up again and again, and comes between the others' characters.
    auto urgent = ThreadBuilder{}.priority(high).spawn([] {
        for (int turn = 0; turn < 20; ++turn) {
            this_thread::sleep_for(20us);
            print("urgent {}\n", turn);
        }
    });
    // At least one: a paused emulator may come back with all of the urgent thread's time over.
    do {
        print("a longer line of the less urgent main thread {:->40}\n", "end");
    } while (!urgent->is_finished());
    urgent->join();
}

/// A thread that prints in the middle of another's line waits for the end of it.
void in_the_middle()
{
    print("== in the middle of a line\n");
    auto urgent = ThreadBuilder{}.priority(high).spawn([] {
        this_thread::current().suspend();
        print("the urgent line\n");
        print("its second line\n");
    });
    print("a line {}, whole\n", Interrupted{urgent->thread()});
    print("the next line\n");
    urgent->join();

    print("== masked in the middle of a line\n");
    auto masked = ThreadBuilder{}.priority(high).spawn([] {
        this_thread::current().suspend();
        const arch::IrqState state = arch::Port::irq_save();
        print("masked line {}\n", 1);
        print("masked line {}\n", 2);
        arch::Port::irq_restore(state);
    });
    print("a line {}, whole\n", Interrupted{masked->thread()});
    print("the next line\n");
    masked->join();

    print("== masked, more than the buffer holds\n");
    auto flooding = ThreadBuilder{}.priority(high).spawn([] {
        this_thread::current().suspend();
        const arch::IrqState state = arch::Port::irq_save();
        for (int line = 0; line < 30; ++line) {
            print("masked line {:02} of thirty\n", line);  // 25 characters
        }
        arch::Port::irq_restore(state);
    });
    print("a line {}, whole\n", Interrupted{flooding->thread()});
    print("the next line\n");
    flooding->join();

    print("== masked, nobody prints\n");
    const arch::IrqState state = arch::Port::irq_save();
    print("at once\n");
    arch::Port::irq_restore(state);
}

}  // namespace

int main()
{
    competing_lines();
    in_the_middle();
    print("== end\n");
    return 0;
}
