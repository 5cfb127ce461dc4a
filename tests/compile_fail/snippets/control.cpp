// expect: nothing
// What the other snippets do wrong, done right.
#include <pegplan/pegplan.hpp>

#include <utility>

struct Printable {};

template <>
struct pegplan::Formatter<Printable> {
    static void format(FormatSink& sink, const Printable&, const FormatSpec&) { sink.put('p'); }
};

using namespace pegplan;
using namespace std::chrono_literals;

int value = 0;

int main()
{
    print("{} and {} {{}} {:>5} {:#x} {:s} {:.2f} {}\n", 1, 2, 3, 4, "text", 0.5, Printable{});
    auto thread = ThreadBuilder{}.priority(Priority{10}).spawn([]() -> int { return value; });
    JoinHandle<int> moved = std::move(*thread);
    Mutex<int> mutex{1};
    const auto guard = mutex.lock();
    this_thread::sleep_for(10ms);
    return moved.join().value();
}
