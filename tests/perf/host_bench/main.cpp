// What threads cost on the host, beside what the machine needs at least: switches of contexts that do nothing but save and
// load the registers which functions preserve. Prints a row for each: the median over many rounds, the least and the most,
// in nanoseconds; then ratios of two rows, as medians of the ratios within rounds, so that a machine that is busy with
// something else slows both down.
#include "tests/perf/host_bench/bare_switch.hpp"

#include <pegplan/pegplan.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <span>

using namespace pegplan;

namespace {

constexpr std::size_t rounds = 401;  // short ones: most are over before Linux runs somebody else
constexpr std::uint64_t switches_per_round = 10'000;
constexpr std::uint64_t spawns_per_round = 1'000;
constexpr std::uint64_t locks_per_round = 10'000;
constexpr Priority equal{config::main_priority};
constexpr Priority below{config::main_priority - 1};
constexpr Priority above{config::main_priority + 1};

using Picoseconds = std::uint64_t;

/// The time of `count` repetitions of an operation, for one.
template <class Operation>
Picoseconds time_of(std::uint64_t count, Operation&& operation)
{
    const auto begin = Clock::now();
    operation(count);
    return static_cast<std::uint64_t>((Clock::now() - begin).count()) * 1000 / count;
}

struct Row {
    const char* name;
    Picoseconds (*measure)();
    std::array<Picoseconds, rounds> times{};
};

template <BareSwitch bare_switch>
Picoseconds measure_bare()
{
    static BareContext here;
    static BareContext there;
    alignas(16) static std::array<std::byte, 4096> stack;
    there = bare_context(stack, [] {
        for (;;) {
            bare_switch(&there, &here);
        }
    });
    return time_of(switches_per_round, [](std::uint64_t count) {
        for (std::uint64_t turn = 0; turn < count; turn += 2) {
            bare_switch(&here, &there);
        }
    });
}

Picoseconds measure_yield()
{
    std::atomic<bool> stop = false;
    auto peer = ThreadBuilder{}.priority(equal).spawn([&stop] {
        while (!stop.load(std::memory_order_relaxed)) {
            yield_now();
        }
    });
    const Picoseconds time = time_of(switches_per_round, [](std::uint64_t count) {
        for (std::uint64_t turn = 0; turn < count; turn += 2) {
            yield_now();
        }
    });
    stop = true;
    peer->join();
    return time;
}

template <int priority>
Picoseconds measure_spawn_and_join()
{
    return time_of(spawns_per_round, [](std::uint64_t count) {
        for (std::uint64_t turn = 0; turn < count; ++turn) {
            if (!ThreadBuilder{}.priority(Priority{priority}).spawn([] {})->join()) {
                panic("a thread was not joined");
            }
        }
    });
}

Picoseconds measure_mutex()
{
    static Mutex<> mutex;
    return time_of(locks_per_round, [](std::uint64_t count) {
        for (std::uint64_t turn = 0; turn < count; ++turn) {
            mutex.lock();
            mutex.unlock();
        }
    });
}

Picoseconds measure_clock()
{
    return time_of(locks_per_round, [](std::uint64_t count) {
        for (std::uint64_t turn = 0; turn < count; ++turn) {
            static_cast<void>(Clock::now());
        }
    });
}

std::array rows{
    Row{"bare switch, jump", &measure_bare<bench_switch_jump>},
    Row{"bare switch, return", &measure_bare<bench_switch_return>},
    Row{"yield to another thread", &measure_yield},
    Row{"spawn and join, equal", &measure_spawn_and_join<equal.level()>},
    Row{"spawn and join, less urgent", &measure_spawn_and_join<below.level()>},
    Row{"spawn and join, more urgent", &measure_spawn_and_join<above.level()>},
    Row{"mutex, lock and unlock", &measure_mutex},
    Row{"reading of the clock", &measure_clock},
};

constexpr std::size_t bare_jump = 0;
constexpr std::size_t bare_return = 1;
constexpr std::size_t yield_row = 2;

Picoseconds median(std::array<Picoseconds, rounds> values)
{
    std::nth_element(values.begin(), values.begin() + rounds / 2, values.end());
    return values[rounds / 2];
}

/// A number of thousandths as one with a point.
struct Thousandths {
    std::uint64_t value;
};

}  // namespace

template <>
struct pegplan::Formatter<Thousandths> {
    static void format(FormatSink& sink, const Thousandths& number, const FormatSpec& spec)
    {
        std::array<char, 32> buffer;
        format_detail::format_text(sink, format_into(buffer, "{}.{:02}", number.value / 1000, number.value % 1000 / 10),
                                   {.align = '>', .width = spec.width});
    }
};

namespace {

void print_ratio(const char* name, const Row& row, const Row& unit)
{
    std::array<std::uint64_t, rounds> ratios;
    for (std::size_t round = 0; round < rounds; ++round) {
        ratios[round] = row.times[round] * 1000 / std::max<Picoseconds>(unit.times[round], 1);
    }
    print("ratio {:<42} {:>10}\n", name, Thousandths{median(ratios)});
}

}  // namespace

int main()
{
    for (std::size_t round = 0; round < rounds; ++round) {
        for (Row& row : rows) {
            row.times[round] = row.measure();
        }
    }
    print("nanoseconds, {} rounds {:>36} {:>10} {:>10}\n", rounds, "median", "least", "most");
    for (const Row& row : rows) {
        const auto [least, most] = std::minmax_element(row.times.begin(), row.times.end());
        print("row {:<44} {:>10} {:>10} {:>10}\n", row.name, Thousandths{median(row.times)}, Thousandths{*least},
              Thousandths{*most});
    }
    print_ratio("yield / bare switch, jump", rows[yield_row], rows[bare_jump]);
    print_ratio("yield / bare switch, return", rows[yield_row], rows[bare_return]);
    return 0;
}
