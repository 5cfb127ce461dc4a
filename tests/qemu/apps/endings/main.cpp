// The ways in which an image ends: returns, panics, faults, misuse. QEMU puts the number of the wanted one into RAM; the
// list below and SCENARIOS of test_endings.py are the same.
#include "tests/qemu/apps/endings/endings.hpp"

#include "tests/qemu/apps/support/scenario.hpp"

#include <pegplan/board/arch.hpp>

#include <string_view>

namespace endings {

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

/// Panics after it has overwritten its caller's frame pointer, from which the stack trace would go on: `base` tells whether
/// `offset` counts from this function's frame or from 0.
enum class Base { zero, frame };

[[gnu::noinline]] int panic_with_broken_frames(Base base, std::intptr_t offset)
{
    const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    auto* const record = reinterpret_cast<volatile std::uintptr_t*>(
        frame + static_cast<std::uintptr_t>(arch::Port::frame_record_offset));
    *record = (base == Base::frame ? frame : 0) + static_cast<std::uintptr_t>(offset);
    if (opaque(true)) {
        panic("with broken frames");
    }
    return 1;
}

int frames_misaligned()
{
    return panic_with_broken_frames(Base::frame, 1) + opaque(0);
}

int frames_outside()
{
    return panic_with_broken_frames(Base::zero, -256) + opaque(0);
}

int frames_backwards()
{
    return panic_with_broken_frames(Base::frame, -256) + opaque(0);
}

struct Global {
    Global();
};

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
    {"value_of_a_failure", value_of_a_failure},
    {"error_of_a_success", error_of_a_success},
    {"out_of_range_of_a_map", out_of_range_of_a_map},
    {"invalid_argument", invalid_argument},
    {"logic_error", logic_error},
    {"length_error", length_error},
    {"frames_misaligned", frames_misaligned},
    {"frames_outside", frames_outside},
    {"frames_backwards", frames_backwards},
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
    using namespace pegplan;
    const endings::Scenario& wanted = endings::scenarios[scenario::number()];
    print("scenario {}\n", wanted.name);
    return wanted.run();
}
