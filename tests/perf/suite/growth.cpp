// What operations cost when there are many threads: all of them are alive at once, with the smallest stacks that there are.
#include "tests/perf/suite/measure.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace bench {

namespace {

constexpr std::size_t most = 10'000;
static_assert(config::max_threads > most + 16, "the rows before leave some threads behind");

std::array<JoinHandle<void>, most> handles;

/// A row's name with a number.
class Name {
public:
    Name(const char* text, std::size_t threads) noexcept : view_{format_into(buffer_, "{}, {} threads", text, threads)} {}
    Name(const Name&) = delete;
    Name& operator=(const Name&) = delete;
    operator std::string_view() const noexcept { return view_; }

private:
    std::array<char, 64> buffer_;
    std::string_view view_;
};

template <class Body>
void spawn_one(std::size_t index, Priority priority, Body&& body)
{
    auto thread = ThreadBuilder{}.stack_size(config::stack_size_min + 128).priority(priority).spawn(body);
    if (!thread) {
        panic("thread {} of a growth row: {}", index, thread.error());
    }
    handles[index] = std::move(*thread);
}

/// `count` threads take turns, this one included.
void measure_yields(std::size_t count)
{
    const Name name{"yield", count};
    Row row{name};
    const std::size_t rounds = std::max<std::size_t>(2, 1000 / count);
    bool begun = false;  // everybody has had a turn: the first one is that of a thread that begins
    bool done = false;
    Stopwatch watch;
    const auto take_turn = [&] {
        watch.start();
        yield_now();
        const Count instructions = watch.stop();
        if (begun) {
            row.add(instructions);
        }
    };
    for (std::size_t index = 1; index < count; ++index) {
        spawn_one(index, equal, [&] {
            while (!done) {
                take_turn();
            }
        });
    }
    yield_now();
    begun = true;
    for (std::size_t round = 0; round < rounds; ++round) {
        take_turn();
    }
    begun = false;
    done = true;
    for (std::size_t index = 1; index < count; ++index) {
        static_cast<void>(handles[index].join());
    }
}

/// All but this one wait for a semaphore, more urgent: each give wakes the one that has waited longest, which waits again.
/// While they are there, one more thread comes and goes.
void measure_wakes_and_spawns(std::size_t count)
{
    Semaphore semaphore{0, static_cast<std::uint32_t>(most)};
    volatile bool stop = false;
    Stopwatch watch;
    for (std::size_t index = 1; index < count; ++index) {
        spawn_one(index, above, [&] {
            while (!stop) {
                semaphore.acquire();
            }
        });
    }
    const Name wakes{"wake and wait again", count};
    measure(wakes, [&] { semaphore.release(); });
    const Name spawns{"spawn and join one more", count};
    measure(spawns,
            [] { static_cast<void>(ThreadBuilder{}.stack_size(config::stack_size_min + 128).spawn([] {})->join()); });
    stop = true;
    for (std::size_t index = 1; index < count; ++index) {
        semaphore.release();
    }
    for (std::size_t index = 1; index < count; ++index) {
        static_cast<void>(handles[index].join());
    }
}

/// So many are spawned, less urgent than this one, before the first of them is joined.
void measure_spawns(std::size_t count)
{
    const Name join_name{"join all", count};
    const Name spawn_name{"spawn all", count};
    Row joins{join_name};
    Row spawns{spawn_name};
    const std::size_t rounds = std::max<std::size_t>(1, 100 / count);
    Stopwatch watch;
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t index = 1; index < count; ++index) {
            watch.start();
            spawn_one(index, below, [] {});
            spawns.add(watch.stop());
        }
        for (std::size_t index = 1; index < count; ++index) {
            watch.start();
            static_cast<void>(handles[index].join());
            joins.add(watch.stop());
        }
    }
}

}  // namespace

void measure_growth()
{
    begin_group("Growth");
    for (const std::size_t count : {2, 10, 100, 1'000, 10'000}) {
        measure_yields(count);
        measure_wakes_and_spawns(count);
        measure_spawns(count);
    }
}

}  // namespace bench
