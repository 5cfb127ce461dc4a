// What joins return, and when.
#include "tests/qemu/apps/support/timing.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <optional>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority below{10};
constexpr Priority above{20};

template <class T>
void show(std::string_view what, const Result<T>& result)
{
    if (result) {
        print("{}: ok\n", what);
    } else {
        print("{}: {}\n", what, result.error());
    }
}

/// Can be moved, not copied; empty after the move.
struct MoveOnly {
    explicit MoveOnly(int number) noexcept : value{number} {}
    MoveOnly(MoveOnly&& other) noexcept : value{std::exchange(other.value, std::nullopt)} {}
    MoveOnly& operator=(MoveOnly&&) = delete;
    std::optional<int> value;
};

struct Large {
    std::array<std::uint32_t, 1024> words;
};

struct alignas(64) Aligned {
    std::uint64_t value;
};

void results()
{
    print("== results\n");
    print("int {}\n", spawn([] { return -42; })->join().value());
    show("void", spawn([] {})->join());
    print("bool {}\n", spawn([] { return true; })->join().value());
    print("text {}\n", spawn([] { return "literal"; })->join().value());
    print("wide {:#x}\n", spawn([] { return 0x0123'4567'89ab'cdefULL; })->join().value());
    print("move-only {}\n", *spawn([] { return MoveOnly{7}; })->join().value().value);
    auto large = spawn([] {
        Large result;
        for (std::uint32_t index = 0; index < result.words.size(); ++index) {
            result.words[index] = index * index;
        }
        return result;
    });
    const Result<Large> words = large->join();
    bool intact = true;
    for (std::uint32_t index = 0; index < words->words.size(); ++index) {
        intact = intact && words->words[index] == index * index;
    }
    print("large intact {}\n", intact);
    auto aligned = spawn([] { return Aligned{99}; });
    print("aligned {}\n", aligned->join().value().value);
    auto nested = spawn([]() -> Result<int> { return Error::timed_out; });
    print("a Result as result: {}\n", nested->join().value().error());
    auto maybe = spawn([]() -> std::optional<int> { return std::nullopt; });
    print("an empty optional: {}\n", maybe->join().value().has_value());
}

int free_function()
{
    return 11;
}

struct Functor {
    int base;
    int operator()() && { return base + 1; }
};

void callables()
{
    print("== callables\n");
    print("function {}\n", spawn(free_function)->join().value());
    print("pointer {}\n", spawn(&free_function)->join().value());
    print("rvalue functor {}\n", spawn(Functor{20})->join().value());
    int local = 1;
    spawn([&local] { local = 30; })->join();
    print("by reference {}\n", local);
    const auto kept = [local] { return local + 1; };
    print("copied {}\n", spawn(kept)->join().value());
    print("copied again {}\n", spawn(kept)->join().value());
    auto counter = spawn([count = 0]() mutable {
        while (count < 3) {
            ++count;
        }
        return count;
    });
    print("mutable {}\n", counter->join().value());
    auto moved = spawn([owned = MoveOnly{5}]() mutable { return std::move(owned); });
    print("move-only capture {}\n", *moved->join().value().value);
}

void before_and_after_the_end()
{
    print("== before and after the end\n");
    auto later = ThreadBuilder{}.priority(below).spawn([] {
        print("it runs\n");
        return 1;
    });
    print("finished {}, joinable {}\n", later->is_finished(), later->joinable());
    print("joined {}\n", later->join().value());
    print("finished {}, joinable {}\n", later->is_finished(), later->joinable());

    auto sooner = ThreadBuilder{}.priority(above).spawn([] { return 2; });
    print("finished {}, joinable {}\n", sooner->is_finished(), sooner->joinable());
    print("joined {}\n", sooner->join().value());
}

void with_time_limit()
{
    print("== with a time limit\n");
    const auto begin = Clock::now();
    auto sleeper = spawn([] {
        this_thread::sleep_for(10ms);
        return 3;
    });
    show("for 1ms", sleeper->join_for(1ms));
    print("not early {}, still joinable {}\n", Clock::now() - begin >= 1ms, sleeper->joinable());
    show("for nothing", sleeper->join_for(0ms));
    show("for less than nothing", sleeper->join_for(-5s));
    show("until the past", sleeper->join_until(begin));
    show("until 2ms from the begin", sleeper->join_until(begin + 2ms));
    const auto result = sleeper->join_for(1h);
    print("then {}, after 10ms {}, before 11ms {}\n", result.value(), Clock::now() - begin >= 10ms,
          Clock::now() - begin < 11ms + timing::resolution);

    auto finished = ThreadBuilder{}.priority(above).spawn([] { return 4; });
    print("finished, for nothing: {}\n", finished->join_for(0s).value());
    auto until = spawn([] { return 5; });
    print("until in time: {}\n", until->join_until(Clock::now() + 1s).value());
    auto ever = spawn([] {
        this_thread::sleep_for(1ms);
        return 6;
    });
    print("for ever: {}\n", ever->join_for(std::chrono::hours::max()).value());
}

void exit_has_no_result()
{
    print("== exit\n");
    auto with_value = spawn([]() -> int {
        print("before exit\n");
        this_thread::exit();
    });
    show("a value", with_value->join());
    auto without = ThreadBuilder{}.priority(above).spawn([] {
        this_thread::exit();
        print("never\n");
    });
    print("finished {}\n", without->is_finished());
    show("void", without->join());
}

void empty_handles()
{
    print("== empty handles\n");
    JoinHandle<int> never;
    show("default", never.join());
    show("default, for", never.join_for(1s));
    show("default, until", never.join_until(Clock::now() + 1s));
    print("joinable {}, finished {}\n", never.joinable(), never.is_finished());
    print("thread: id {}, name '{}'\n", never.thread().id(), never.thread().name());
    never.detach();

    auto first = std::move(*spawn([] { return 8; }));
    JoinHandle<int> second = std::move(first);
    show("moved from", first.join());
    print("moved to: {}\n", second.join().value());
    show("joined already", second.join());
    auto detached = std::move(*spawn([] { return 9; }));
    detached.detach();
    show("detached", detached.join());
    yield_now();
}

void self_join()
{
    print("== join on oneself\n");
    static JoinHandle<int> handle;
    auto spawned = ThreadBuilder{}.priority(below).spawn([] {
        const auto joined = handle.join();
        show("join", joined);
        show("join_for", handle.join_for(1s));
        return 10;
    });
    handle = std::move(*spawned);
    print("still joinable: {}\n", handle.join().value());
}

void several_join_in_turn()
{
    print("== who is woken by an end\n");
    // The target ends while a more urgent thread joins it: that one runs before anybody else.
    auto target = std::move(*ThreadBuilder{}.priority(below).spawn([] { print("target ends\n"); }));
    auto joiner = ThreadBuilder{}.priority(above).spawn([&target] {
        print("joiner waits\n");
        target.join();
        print("joiner goes on\n");
    });
    auto peer = ThreadBuilder{}.priority(below).spawn([] { print("peer of the target\n"); });
    joiner->join();
    print("main goes on\n");
    peer->join();
}

}  // namespace

int main()
{
    results();
    callables();
    before_and_after_the_end();
    with_time_limit();
    exit_has_no_result();
    empty_handles();
    self_join();
    several_join_in_turn();
    return 0;
}
