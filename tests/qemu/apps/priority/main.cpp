// Changing priorities of threads in every state.
#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority low{5};
constexpr Priority middle{10};
constexpr Priority high{20};

void own_down()
{
    print("== own, down\n");
    const Thread self = this_thread::current();
    const Priority before = self.priority();
    auto other = ThreadBuilder{}.priority(middle).spawn([] { print("other runs\n"); });
    auto idle_one = ThreadBuilder{}.priority(Priority{1}).spawn([] { print("the least urgent one\n"); });
    print("set {}\n", self.set_priority(low).has_value());
    print("main at {}\n", self.priority());
    self.set_priority(before);
    idle_one->join();
    other->join();
}

void own_up()
{
    print("== own, up\n");
    auto thread = ThreadBuilder{}.priority(low).spawn([] {
        print("begins\n");
        this_thread::current().set_priority(high);
        print("at {}\n", this_thread::current().priority());
        auto peer = ThreadBuilder{}.priority(middle).spawn([] { print("peer\n"); });
        print("nobody came between\n");
        this_thread::current().set_priority(low);
        print("back at {}\n", this_thread::current().priority());
    });
    thread->join();
    this_thread::sleep_for(1ms);
}

void own_to_the_extremes()
{
    print("== extremes\n");
    const Thread self = this_thread::current();
    const Priority before = self.priority();
    print("{}\n", self.set_priority(Priority::highest()).has_value());
    print("at {}\n", self.priority());
    print("{}\n", self.set_priority(Priority::lowest()).has_value());
    print("at {}\n", self.priority());
    self.set_priority(before);
}

void another_ready_one()
{
    print("== another, ready\n");
    std::array<JoinHandle<void>, 3> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.priority(middle).spawn([index] { print("{} runs\n", index); }));
    }
    handles[2].thread().set_priority(Priority{11});
    handles[0].thread().set_priority(Priority{9});
    print("changed below main\n");
    this_thread::sleep_for(1ms);
    for (auto& handle : handles) {
        handle.join();
    }

    print("== another, ready, above the caller\n");
    auto raised = ThreadBuilder{}.priority(low).spawn([] {
        print("raised to {}\n", this_thread::current().priority());
    });
    raised->thread().set_priority(high);
    print("main\n");
    raised->join();

    print("== another, to the caller's own\n");
    auto equal = ThreadBuilder{}.priority(low).spawn([] { print("equal runs\n"); });
    equal->thread().set_priority(this_thread::current().priority());
    print("main\n");
    yield_now();
    print("main after yield\n");
    equal->join();
}

void waiters_of_a_mutex()
{
    print("== waiting for a mutex\n");
    Mutex<> mutex;
    mutex.lock();
    std::array<JoinHandle<void>, 4> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        const Priority priority{20 + static_cast<int>(index)};
        handles[index] = std::move(*ThreadBuilder{}.priority(priority).spawn([index, &mutex] {
            mutex.lock();
            print("{} has it at priority {}\n", index, this_thread::current().priority());
            mutex.unlock();
        }));
    }
    handles[0].thread().set_priority(Priority{30});
    handles[3].thread().set_priority(Priority{19});
    handles[1].thread().set_priority(Priority{22});  // behind 2, which has come to this priority before
    print("unlock\n");
    mutex.unlock();
    for (auto& handle : handles) {
        handle.join();
    }
}

void asleep_and_suspended()
{
    print("== asleep\n");
    std::array<JoinHandle<void>, 2> handles;
    const auto deadline = Clock::now() + 2ms;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.priority(high).spawn([index, deadline] {
            this_thread::sleep_until(deadline);
            print("{} awake at {}\n", index, this_thread::current().priority());
        }));
    }
    handles[1].thread().set_priority(Priority{21});
    for (auto& handle : handles) {
        handle.join();
    }

    print("== suspended\n");
    auto suspended = ThreadBuilder{}.priority(high).spawn([] {
        this_thread::current().suspend();
        print("goes on at {}\n", this_thread::current().priority());
    });
    suspended->thread().set_priority(low);
    suspended->thread().resume();
    print("main first\n");
    suspended->join();

    print("== joining\n");
    auto target = std::move(*ThreadBuilder{}.priority(low).spawn([] { print("target ends\n"); }));
    auto joiner = ThreadBuilder{}.priority(high).spawn([&target] {
        target.join();
        print("joiner at {}\n", this_thread::current().priority());
    });
    joiner->thread().set_priority(Priority{3});
    auto between = ThreadBuilder{}.priority(Priority{4}).spawn([] { print("between\n"); });
    joiner->join();
    between->join();
}

void chain_reaction()
{
    print("== a more urgent one changes the running one\n");
    const Thread main_thread = this_thread::current();
    const Priority before = main_thread.priority();
    auto controller = ThreadBuilder{}.priority(high).spawn([main_thread] {
        this_thread::sleep_for(1ms);
        main_thread.set_priority(low);
        print("main is at {}\n", main_thread.priority());
    });
    auto other = ThreadBuilder{}.priority(middle).spawn([] { print("other runs before main goes on\n"); });
    while (!controller->is_finished()) {
    }
    print("main at {}\n", main_thread.priority());
    main_thread.set_priority(before);
    controller->join();
    other->join();
}

void refused()
{
    print("== refused\n");
    const Thread self = this_thread::current();
    const Priority before = self.priority();
    constexpr std::array levels{-1, 32, 256, 1 << 30, -(1 << 30)};
    for (const int level : levels) {
        print("{}: {}, spawn: {}\n", level, self.set_priority(Priority{level}).error(),
              ThreadBuilder{}.priority(Priority{level}).spawn([] {}).error());
    }
    print("unchanged {}\n", self.priority() == before);

    auto handle = ThreadBuilder{}.priority(high).spawn([] {});
    const Thread thread = handle->thread();
    print("finished: {}, still {}\n", thread.set_priority(low).error(), thread.priority());
    handle->join();
    print("gone: {}, {}\n", thread.set_priority(low).error(), thread.priority() == Priority::lowest());
    print("nobody: {}\n", Thread{}.set_priority(low).error());
    print("gone and out of range: {}\n", thread.set_priority(Priority{-1}).error());
}

}  // namespace

int main()
{
    own_down();
    own_up();
    own_to_the_extremes();
    another_ready_one();
    waiters_of_a_mutex();
    asleep_and_suspended();
    chain_reaction();
    refused();
    return 0;
}
