// Whether the clocks of two CPUs are in step, as far as anybody can notice.
//
// The CPUs pass a reading back and forth. Each compares the one that it gets with its own clock, which must not be
// behind: a thread that goes from one CPU to the other never sees time go back if, and only if, this holds for every
// way that something can take between them, and there is no way that is faster than this one. Differences that are
// shorter than the way go unnoticed here as there.
//
// The two call `as_first` and `as_second`. The second one's first reading is its sign of life, for which the first one
// waits no longer than it says; so neither hangs when the other one fails, if the first one then stops the second.
//
// Unit test: tests/unit/stress/step_check_test.cpp.
#pragma once

#include <atomic>
#include <cstdint>

namespace pegplan::arch::x86_64 {

class StepCheck {
public:
    enum class Outcome : std::uint8_t {
        in_step,
        apart,
        no_answer,  ///< the second one has not come within the time
    };

    /// Before each comparison, while the second one does not run.
    void reset() noexcept
    {
        reading_ = 0;
        in_step_ = true;
        turn_.store(0, std::memory_order_relaxed);
    }

    /// For the CPU that gives up when the other one lets it wait for longer than `patience`, in units of the clock.
    /// `now()` reads the clock not before what stands in front of it in the program; `relax()` is called in loops.
    template <class Now, class Relax>
    [[nodiscard]] Outcome as_first(Now now, Relax relax, std::uint64_t patience) noexcept
    {
        for (unsigned round = 0; round < rounds; ++round) {
            const std::uint64_t start = now();
            for (unsigned looks = 1; turn_.load(std::memory_order_acquire) != 2 * round + 1; ++looks) {
                if (looks > enough_looks && now() - start > patience) {
                    turn_.store(failed, std::memory_order_release);
                    return Outcome::no_answer;
                }
                relax();
            }
            pass(now);
            turn_.store(round + 1 < rounds ? 2 * round + 2 : in_step_ ? passed : failed, std::memory_order_release);
        }
        return in_step_ ? Outcome::in_step : Outcome::apart;
    }

    /// For the other one. False if it must not go on.
    template <class Now, class Relax>
    [[nodiscard]] bool as_second(Now now, Relax relax) noexcept
    {
        for (unsigned turn = 0;;) {
            const unsigned current = turn_.load(std::memory_order_acquire);
            if (current == passed || current == failed) {
                return current == passed;
            }
            if (current == turn) {
                pass(now);
                turn_.store(turn + 1, std::memory_order_release);
                turn += 2;
            } else {
                relax();
            }
        }
    }

private:
    /// Of which each has a reading by either CPU. The first one waits for a CPU to come up; the next ones are as fast
    /// as can be.
    static constexpr unsigned rounds = 4;

    /// So often the first one looks whether the second has answered, however late it is: something may have held up
    /// both of them, the host of a virtual machine for instance, or their clock may have leapt.
    static constexpr unsigned enough_looks = 1000;

    /// The values of `turn_` at the end. Below are even ones for the second one's turns, and odd ones for the first
    /// one's.
    static constexpr unsigned passed = 2 * rounds;
    static constexpr unsigned failed = passed + 1;

    template <class Now>
    void pass(Now now) noexcept
    {
        const std::uint64_t reading = now();
        in_step_ = in_step_ && reading >= reading_;
        reading_ = reading;
    }

    std::atomic<unsigned> turn_{0};
    std::uint64_t reading_{0};  // belongs to whose turn it is, and so does the next one
    bool in_step_{true};
};

}  // namespace pegplan::arch::x86_64
