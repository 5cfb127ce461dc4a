// How a row is measured. Under -icount shift=0 QEMU counts instructions, and each architecture has a counter that the image can
// read to the instruction; so every repetition is measured by itself, and a row has a mean and a worst case.
//
// What lies between the two readings of a repetition and is not the operation's (the second reading and the store behind the
// first one) is the same each time, and subtracted. The first repetitions are left out: they make what the others find.
#pragma once

#include "counter.hpp"

#include <pegplan/pegplan.hpp>

#include <pegplan/config/arch.hpp>

#include <cstdint>
#include <string_view>

namespace bench {

using namespace pegplan;
using namespace std::chrono_literals;

using Count = std::uint64_t;

inline constexpr Count repetitions = 512;
inline constexpr Count warm_up = 8;
inline constexpr Priority equal{config::main_priority};
inline constexpr Priority below{config::main_priority - 1};
inline constexpr Priority above{config::main_priority + 1};

/// Keeps the compiler from seeing through a loop.
[[gnu::always_inline]] inline void fence() noexcept
{
    asm volatile("" : : : "memory");
}

/// Somebody else may read and write an object from here on: so it is copied, whatever the compiler knows of it.
template <class T>
inline void share(T& object) noexcept
{
    asm volatile("" : : "r"(&object) : "memory");
}

/// The instructions between a start and a stop, in whatever threads these are.
class Stopwatch {
public:
    [[gnu::always_inline]] void start() noexcept { store_counter(begin_); }
    [[gnu::always_inline]] Count stop() noexcept { return read_counter() - begin_ - own_; }

    /// Finds out what is to be subtracted. Once, before anything is measured.
    static void calibrate() noexcept;

private:
    Count begin_ = 0;
    static Count own_;
};

/// A line of the report, printed at the end of its life: of several rows the last one comes first. `name` must live as long.
class Row {
public:
    explicit Row(std::string_view name) noexcept : name_{name} {}
    Row(const Row&) = delete;
    Row& operator=(const Row&) = delete;
    ~Row();

    /// One repetition has taken that many instructions.
    void add(Count instructions) noexcept;

private:
    std::string_view name_;
    Count seen_ = 0;
    Count total_ = 0;
    Count worst_ = 0;
};

/// Prints a row whose mean is `total / count`.
void report(std::string_view name, Count total, Count count, Count worst) noexcept;

/// The rows that follow belong together.
void begin_group(std::string_view name) noexcept;

/// Measures an operation, from its begin to its end.
template <class Operation>
void measure(std::string_view name, Operation&& operation)
{
    Row row{name};
    Stopwatch watch;
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        watch.start();
        operation();
        row.add(watch.stop());
    }
}

/// Measures it while another thread does `partner` again and again.
template <class Operation, class Partner>
void measure_with(std::string_view name, Priority priority, Operation&& operation, Partner partner)
{
    volatile bool stop = false;
    auto thread = ThreadBuilder{}.priority(priority).spawn([&stop, &partner] {
        while (!stop) {
            partner();
            fence();
        }
    });
    measure(name, operation);
    stop = true;
    operation();
    thread->join();
}

void measure_thread_metric();
void measure_threads();
void measure_locks();
void measure_signals();
void measure_memory();
void measure_interrupts();
void measure_growth();

}  // namespace bench
