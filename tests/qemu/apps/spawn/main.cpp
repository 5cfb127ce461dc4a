// Who runs when threads are spawned, and what a new thread finds.
#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;

namespace {

struct Announced {
    Announced() noexcept
    {
        print("constructor in thread {}\n", this_thread::current().name());
        value = 7;
    }
    int value = 0;
};

Announced announced;
int after_announced = announced.value + 1;

constexpr Priority below{10};
constexpr Priority above{20};

ThreadBuilder with_priority(Priority priority)
{
    return ThreadBuilder{}.priority(priority);
}

void equal_runs_after_its_spawner()
{
    print("== equal\n");
    auto thread = spawn([] { print("equal runs\n"); });
    print("spawned\n");
    yield_now();
    print("yielded\n");
    thread->join();
}

void more_urgent_runs_at_once()
{
    print("== more urgent\n");
    auto thread = with_priority(above).spawn([] { print("urgent runs\n"); });
    print("spawned, finished {}\n", thread->is_finished());
    thread->join();
}

void less_urgent_waits()
{
    print("== less urgent\n");
    auto thread = with_priority(below).spawn([] { print("less urgent runs\n"); });
    yield_now();
    print("yielded, finished {}\n", thread->is_finished());
    thread->join();
    print("joined\n");
}

void order_of_many()
{
    print("== order of many\n");
    constexpr std::array levels{3, 7, 5, 7, 1, 5, 14, 0};
    std::array<JoinHandle<void>, levels.size()> handles;
    for (std::size_t index = 0; index < levels.size(); ++index) {
        const int level = levels[index];
        handles[index] = std::move(*with_priority(Priority{level}).spawn([index, level] {
            print("thread {} of priority {}\n", index, level);
        }));
    }
    print("all spawned\n");
    for (auto& handle : handles) {
        handle.join();
    }
}

void chain_of_preemptions()
{
    print("== chain\n");
    auto outer = with_priority(Priority{16}).spawn([] {
        print("16 begins\n");
        auto middle = with_priority(Priority{17}).spawn([] {
            print("17 begins\n");
            auto inner = with_priority(Priority{31}).spawn([] { print("31 runs\n"); });
            print("17 ends, inner finished {}\n", inner->is_finished());
        });
        print("16 ends, middle finished {}\n", middle->is_finished());
    });
    print("main goes on, outer finished {}\n", outer->is_finished());
}

void defaults_come_from_the_spawner()
{
    print("== defaults\n");
    auto thread = with_priority(above).name("parent").spawn([] {
        auto child = spawn([] { return this_thread::current().priority().level(); });
        return child->join().value();
    });
    print("child of {} has priority {}\n", above, thread->join().value());
    auto plain = spawn([] {
        print("name '{}', priority {}, stack {}\n", this_thread::current().name(), this_thread::current().priority(),
              this_thread::current().stats().stack_size >= config::stack_size_default);
    });
    plain->join();
}

void handles_travel()
{
    print("== a handle as result\n");
    auto parent = spawn([] {
        return std::move(*with_priority(below).spawn([] {
            print("grandchild runs\n");
            return 5;
        }));
    });
    auto grandchild = parent->join();
    print("parent joined\n");
    print("grandchild returned {}\n", grandchild->join().value());
}

void name_is_copied()
{
    print("== names\n");
    char text[] = "before";
    auto thread = with_priority(below).name(text).spawn([] { print("I am {}\n", this_thread::current().name()); });
    text[0] = 'X';
    print("it is {}\n", thread->thread().name());
    thread->join();
    constexpr std::string_view long_text = "abcdef-not-part-of-it";
    auto part = ThreadBuilder{}.name(long_text.substr(0, 6)).spawn([] {
        print("I am '{}'\n", this_thread::current().name());
    });
    part->join();
}

}  // namespace

int main()
{
    const Thread self = this_thread::current();
    print("main is '{}', id {}, priority {}; {} {}\n", self.name(), self.id(), self.priority(), announced.value,
          after_announced);
    equal_runs_after_its_spawner();
    more_urgent_runs_at_once();
    less_urgent_waits();
    order_of_many();
    chain_of_preemptions();
    defaults_come_from_the_spawner();
    handles_travel();
    name_is_copied();
    return 0;
}
