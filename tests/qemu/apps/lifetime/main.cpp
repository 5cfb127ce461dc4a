// Results and captures are destroyed exactly once, whatever becomes of thread and handle.
#include "tests/qemu/apps/support/tracked.hpp"

#include <pegplan/pegplan.hpp>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority below{10};
constexpr Priority above{20};

void begin(std::string_view what)
{
    print("== {}\n", what);
    Tracked::reset();
}

/// Gives everybody the time to end, and the idle thread the occasion to release.
void settle()
{
    this_thread::sleep_for(1ms);
}

void balance()
{
    const bool balanced = Tracked::constructed == Tracked::destroyed;
    print("{}: some {}, balanced {}\n", balanced ? "good" : "bad", Tracked::constructed > 0, balanced);
}

auto spawn_with_result(Priority priority)
{
    return std::move(*ThreadBuilder{}.priority(priority).spawn([] { return Tracked{1}; }));
}

void results()
{
    begin("joined");
    print("value {}\n", spawn_with_result(below).join().value().value());
    balance();

    begin("joined after the end");
    {
        auto handle = spawn_with_result(above);
        print("alive {}\n", Tracked::constructed - Tracked::destroyed);
        print("value {}\n", handle.join()->value());
    }
    balance();

    begin("dropped before the end");
    { auto handle = spawn_with_result(below); }
    print("constructed {}\n", Tracked::constructed);
    settle();
    balance();

    begin("dropped after the end");
    { auto handle = spawn_with_result(above); }
    balance();

    begin("detached before the end");
    {
        auto handle = spawn_with_result(below);
        handle.detach();
        print("constructed {}\n", Tracked::constructed);
        settle();
        balance();
    }
    print("destroyed {} times\n", Tracked::destroyed);

    begin("detached after the end");
    {
        auto handle = spawn_with_result(above);
        print("alive {}\n", Tracked::constructed - Tracked::destroyed);
        handle.detach();
        balance();
        handle.detach();
    }
    balance();

    begin("handle assigned over");
    {
        auto handle = spawn_with_result(above);
        handle = spawn_with_result(above);
        print("alive {}\n", Tracked::constructed - Tracked::destroyed);
        handle = JoinHandle<Tracked>{};
        print("alive {}\n", Tracked::constructed - Tracked::destroyed);
        handle = spawn_with_result(below);
        JoinHandle<Tracked>& same = handle;
        handle = std::move(same);
        print("still joinable {}\n", handle.joinable());
    }
    settle();
    balance();

    begin("timed out, then dropped");
    {
        auto handle = std::move(*spawn([] {
            this_thread::sleep_for(2ms);
            return Tracked{2};
        }));
        print("timed out {}\n", handle.join_for(1ms).error() == Error::timed_out);
    }
    this_thread::sleep_for(5ms);
    balance();

    begin("exit instead of a result");
    {
        auto handle = std::move(*spawn([]() -> Tracked { this_thread::exit(); }));
        print("{}\n", handle.join().error());
        auto dropped = std::move(*ThreadBuilder{}.priority(above).spawn([]() -> Tracked { this_thread::exit(); }));
        dropped.detach();
        auto detached = std::move(*ThreadBuilder{}.priority(below).spawn([]() -> Tracked { this_thread::exit(); }));
        detached.detach();
        settle();
    }
    print("constructed {}, destroyed {}\n", Tracked::constructed, Tracked::destroyed);
}

/// Says when it is destroyed.
struct Farewell {
    explicit Farewell(std::string_view name) noexcept : text{name} {}
    Farewell(Farewell&& other) noexcept : text{std::exchange(other.text, {})} {}
    Farewell& operator=(Farewell&&) = delete;
    ~Farewell()
    {
        if (!text.empty()) {
            print("~{}\n", text);
        }
    }
    std::string_view text;
};

void captures()
{
    begin("captures end before the join returns");
    {
        auto handle = spawn([farewell = Farewell{"capture"}, tracked = Tracked{3}] {
            print("running with {}\n", tracked.value());
            return Farewell{"result"};
        });
        auto result = handle->join();
        print("joined\n");
    }
    balance();

    begin("captures of a detached thread");
    ThreadBuilder{}.priority(below).spawn([farewell = Farewell{"capture"}, tracked = Tracked{4}] {
        print("running with {}\n", tracked.value());
        return Farewell{"result"};
    })->detach();
    print("detached\n");
    settle();
    balance();

    begin("a moved capture is the result");
    {
        auto handle = spawn([tracked = Tracked{5}]() mutable { return std::move(tracked); });
        print("value {}\n", handle->join().value().value());
    }
    balance();

    begin("an lvalue closure is copied, an rvalue is moved");
    {
        auto closure = [tracked = Tracked{6}]() { return tracked.value(); };
        auto handle = spawn(std::move(closure));
        print("value {}\n", handle->join().value());
    }
    balance();

    begin("a spawn that fails moves nothing");
    {
        auto closure = [tracked = Tracked{7}]() { return tracked.value(); };
        const auto refused = ThreadBuilder{}.stack_size(1).spawn(std::move(closure));
        print("{}, value still {}\n", refused.error(), closure());
        print("constructed {}, destroyed {}\n", Tracked::constructed, Tracked::destroyed);
    }
    balance();

    begin("a detached result is destroyed in its thread, unmasked");
    ThreadBuilder{}.priority(below).name("owner").spawn([] {
        struct Sleepy {
            explicit Sleepy() noexcept = default;
            Sleepy(Sleepy&& other) noexcept : active{std::exchange(other.active, false)} {}
            ~Sleepy()
            {
                if (active) {
                    this_thread::sleep_for(1ms);
                    print("destroyed in '{}'\n", this_thread::current().name());
                }
            }
            bool active = true;
        };
        return Sleepy{};
    })->detach();
    this_thread::sleep_for(3ms);
    print("end\n");
}

}  // namespace

int main()
{
    results();
    captures();
    return 0;
}
