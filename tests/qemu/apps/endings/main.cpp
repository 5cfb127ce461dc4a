// The ways in which an image ends: returns, panics, faults, misuse. QEMU puts the number of the wanted one into RAM; the
// list below and SCENARIOS of test_endings.py are the same.
#include "tests/qemu/apps/support/cpu.hpp"
#include "tests/qemu/apps/support/scenario.hpp"

#include <pegplan/pegplan.hpp>
#include <pegplan/spin_lock.hpp>

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

using namespace pegplan;
using namespace std::chrono_literals;

namespace endings {

constexpr Priority above{20};
constexpr std::uint64_t telltale = 0x1122'3344'5566'7788;

/// What the compiler cannot know, so that it keeps calls and accesses as they are written.
template <class T>
[[gnu::noinline]] T opaque(T value)
{
    asm volatile("" : "+r"(value) : : "memory");
    return value;
}

template <int Code>
int returns()
{
    return Code;
}

int others_still_run()
{
    auto spinner = spawn([] {
        for (;;) {
        }
    });
    auto sleeper = ThreadBuilder{}.priority(above).spawn([] {
        for (;;) {
            this_thread::sleep_for(1ms);
        }
    });
    auto suspended = spawn([] { this_thread::current().suspend(); });
    this_thread::sleep_for(5ms);
    print("main returns\n");
    return 7;
}

// ---- panics ---------------------------------------------------------------------------------------------------------

[[gnu::noinline]] int innermost(int value)
{
    if (opaque(true)) {
        panic("value {} of {}", value, "a test");
    }
    return value;
}

[[gnu::noinline]] int middle(int value)
{
    return innermost(value + 1) + opaque(1);
}

[[gnu::noinline]] int outermost(int value)
{
    return middle(value + 1) + opaque(1);
}

int panic_in_a_thread()
{
    auto thread = ThreadBuilder{}.name("worker").priority(above).spawn([] { return outermost(40); });
    return thread->join().value();
}

[[gnu::noinline]] int recurse(int depth)
{
    return depth == 0 ? innermost(depth) : recurse(depth - 1) + opaque(1);
}

int panic_deep_down()
{
    return recurse(50);
}

struct PanicsWhenPrinted {};

struct Interrupts {
    Thread urgent;
};

struct PrintsItself {};

}  // namespace endings

template <>
struct pegplan::Formatter<endings::PanicsWhenPrinted> {
    static void format(FormatSink&, const endings::PanicsWhenPrinted&, const FormatSpec&) { panic("the second one"); }
};

template <>
struct pegplan::Formatter<endings::Interrupts> {
    static void format(FormatSink& sink, const endings::Interrupts& value, const FormatSpec&)
    {
        sink.write("one");
        value.urgent.resume();
        sink.write("never written");
    }
};

template <>
struct pegplan::Formatter<endings::PrintsItself> {
    static void format(FormatSink&, const endings::PrintsItself&, const FormatSpec&) { print("inner\n"); }
};

namespace endings {

int panic_while_panicking()
{
    panic("the first one: {}", PanicsWhenPrinted{});
}

int panic_while_another_prints()
{
    auto urgent = ThreadBuilder{}.name("urgent").priority(above).spawn([] {
        this_thread::current().suspend();
        panic("in the middle");
    });
    print("a line of {}\n", Interrupts{urgent->thread()});
    return 1;
}

int panic_in_an_urgent_sleeper()
{
    auto sleeper = ThreadBuilder{}.name("sleeper").priority(above).spawn([] {
        this_thread::sleep_for(2ms);
        panic("woken");
    });
    for (;;) {
    }
}

struct Global {
    Global();
};

// ---- faults ---------------------------------------------------------------------------------------------------------

[[gnu::noinline]] int writes_to(volatile std::uint32_t* place)
{
    *place = 0;
    return opaque(1);
}

[[gnu::noinline]] int reads_from(const volatile std::uint32_t* place)
{
    return static_cast<int>(*place) + opaque(1);
}

[[gnu::noinline]] int calls(int (*function)())
{
    return function() + opaque(1);
}

int write_to_text()
{
    return writes_to(reinterpret_cast<volatile std::uint32_t*>(opaque(&returns<0>)));
}

constinit const std::array<std::uint32_t, 4> constants{1, 2, 3, 4};

int write_to_constants()
{
    return writes_to(const_cast<std::uint32_t*>(opaque(constants.data())));
}

alignas(16) constinit std::array<std::uint32_t, 4> writable{};

int execute_data()
{
    return calls(reinterpret_cast<int (*)()>(opaque(writable.data())));
}

int execute_stack()
{
    alignas(16) std::array<std::uint32_t, 4> local{};
    return calls(reinterpret_cast<int (*)()>(opaque(local.data())));
}

int execute_constants()
{
    return calls(reinterpret_cast<int (*)()>(opaque(const_cast<std::uint32_t*>(constants.data()))));
}

int read_null()
{
    return reads_from(opaque(static_cast<const std::uint32_t*>(nullptr)));
}

int write_null()
{
    return writes_to(opaque(static_cast<std::uint32_t*>(nullptr)));
}

int call_null()
{
    return calls(opaque(static_cast<int (*)()>(nullptr)));
}

[[gnu::noinline]] int executes_nonsense()
{
    cpu::illegal_instruction(telltale);
    return opaque(1);
}

int illegal_instruction()
{
    auto thread = ThreadBuilder{}.name("faulty").priority(above).spawn([] { return executes_nonsense() + 1; });
    return thread->join().value();
}

// ---- misuse ---------------------------------------------------------------------------------------------------------

int relock()
{
    Mutex<> mutex;
    mutex.lock();
    mutex.lock();
    return 1;
}

int relock_with_limit()
{
    Mutex<> mutex;
    mutex.lock();
    return mutex.try_lock_for(1s) ? 1 : 2;
}

int unlock_free()
{
    Mutex<> mutex;
    mutex.unlock();
    return 1;
}

int unlock_by_another()
{
    Mutex<> mutex;
    mutex.lock();
    auto thief = ThreadBuilder{}.name("thief").priority(above).spawn([&mutex] { mutex.unlock(); });
    return 1;
}

int destroyed_while_locked()
{
    Mutex<> mutex;
    mutex.lock();
    return 1;
}

int value_of_an_error()
{
    const Result<int> result = Error::timed_out;
    return result.value();
}

int error_of_a_value()
{
    const Result<int> result = 1;
    return static_cast<int>(result.error());
}

int print_in_a_formatter()
{
    print("outer {}\n", PrintsItself{});
    return 1;
}

struct Abstract {
    Abstract() { call(); }
    virtual int method() const = 0;
    [[gnu::noinline]] void call() { opaque(this)->method(); }
};

struct Concrete : Abstract {
    int method() const override { return 1; }
};

int pure_virtual()
{
    const Concrete object;
    return object.method();
}

int operator_delete()
{
    delete opaque(reinterpret_cast<int*>(writable.data()));
    return 1;
}

int empty_optional()
{
    return opaque(std::optional<int>{}.has_value()) ? 1 : std::optional<int>{}.value();
}

int empty_function()
{
    std::function<int()> function;
    return function();
}

int out_of_range()
{
    const std::string_view text = "four";
    return static_cast<int>(text.substr(opaque(std::size_t{5})).size());
}

int unique_lock_twice()
{
    Mutex<> mutex;
    std::unique_lock<Mutex<>> lock{mutex};
    lock.lock();
    return 1;
}

int spin_relock()
{
    SpinLock lock;
    lock.lock();
    lock.lock();
    return 1;
}

int spin_unlock_free()
{
    SpinLock lock;
    lock.unlock();
    return 1;
}

/// The holder sleeps; this thread takes another lock meanwhile.
int spin_holder_blocks()
{
    static SpinLock lock;
    static SpinLock other;
    auto sleeper = ThreadBuilder{}.name("sleeper").priority(above).spawn([] {
        lock.lock();
        this_thread::sleep_for(1s);
    });
    other.lock();
    return 1;
}

// ---------------------------------------------------------------------------------------------------------------------

struct Scenario {
    std::string_view name;
    int (*run)();
};

constexpr Scenario scenarios[] = {
    {"returns_0", returns<0>},
    {"returns_1", returns<1>},
    {"returns_42", returns<42>},
    {"returns_255", returns<255>},
    {"others_still_run", others_still_run},
    {"panic_in_a_thread", panic_in_a_thread},
    {"panic_deep_down", panic_deep_down},
    {"panic_while_panicking", panic_while_panicking},
    {"panic_while_another_prints", panic_while_another_prints},
    {"panic_in_an_urgent_sleeper", panic_in_an_urgent_sleeper},
    {"panic_in_a_constructor", returns<1>},
    {"write_to_text", write_to_text},
    {"write_to_constants", write_to_constants},
    {"execute_data", execute_data},
    {"execute_stack", execute_stack},
    {"execute_constants", execute_constants},
    {"read_null", read_null},
    {"write_null", write_null},
    {"call_null", call_null},
    {"illegal_instruction", illegal_instruction},
    {"relock", relock},
    {"relock_with_limit", relock_with_limit},
    {"unlock_free", unlock_free},
    {"unlock_by_another", unlock_by_another},
    {"destroyed_while_locked", destroyed_while_locked},
    {"value_of_an_error", value_of_an_error},
    {"error_of_a_value", error_of_a_value},
    {"print_in_a_formatter", print_in_a_formatter},
    {"pure_virtual", pure_virtual},
    {"operator_delete", operator_delete},
    {"empty_optional", empty_optional},
    {"empty_function", empty_function},
    {"out_of_range", out_of_range},
    {"unique_lock_twice", unique_lock_twice},
    {"spin_relock", spin_relock},
    {"spin_unlock_free", spin_unlock_free},
    {"spin_holder_blocks", spin_holder_blocks},
};

Global::Global()
{
    if (scenarios[scenario::number()].name == "panic_in_a_constructor") {
        panic("before main");
    }
}

Global global;

}  // namespace endings

int main()
{
    const endings::Scenario& wanted = endings::scenarios[scenario::number()];
    print("scenario {}\n", wanted.name);
    return wanted.run();
}
