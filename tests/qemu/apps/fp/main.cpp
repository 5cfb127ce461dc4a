// Floating-point and vector registers belong to threads: they survive preemption, blocking, and the lives of others.
#include "tests/qemu/apps/support/cpu.hpp"
#include "tests/qemu/apps/support/timing.hpp"

#include <pegplan/pegplan.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority high{20};

/// Holds a pattern in all registers for a while; returns whether they kept it.
bool registers_keep(std::uint64_t seed, std::uint64_t turns)
{
    std::array<std::uint64_t, cpu::fp_register_words> in;
    std::array<std::uint64_t, cpu::fp_register_words> out{};
    for (std::size_t index = 0; index < in.size(); ++index) {
        in[index] = seed * 0x9e37'79b9'7f4a'7c15 + index;
    }
    cpu::hold_fp_registers(in.data(), out.data(), turns);
    return in == out;
}

void preempted()
{
    print("== preempted\n");
    std::atomic<bool> stop = false;
    auto urgent = ThreadBuilder{}.priority(high).spawn([&stop] {
        int kept = 0;
        while (!stop) {
            this_thread::sleep_for(33us);
            kept += registers_keep(1, 10) ? 0 : 1;
        }
        return kept;
    });
    constexpr int rounds = 100;
    std::array<JoinHandle<int>, 3> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.time_slice(20us).spawn([index] {
            int kept = 0;
            for (int round = 0; round < rounds; ++round) {
                kept += registers_keep(index * 1000 + static_cast<std::uint64_t>(round) + 2, 5000) ? 1 : 0;
            }
            return kept;
        }));
    }
    for (auto& handle : handles) {
        print("kept {}\n", handle.join().value());
    }
    stop = true;
    print("urgent lost {}\n", urgent->join().value());
}

/// Twelve values in registers over calls that switch.
template <class Switch>
double accumulate(int thread, Switch&& give_way)
{
    double a = thread;
    double b = thread + 0.5;
    double c = thread * 2.0;
    double d = thread * 3.0;
    double e = thread * 5.0;
    double f = thread * 7.0;
    double g = thread + 11.0;
    double h = thread + 13.0;
    double i = thread + 17.0;
    double j = thread + 19.0;
    double k = thread + 23.0;
    double l = thread + 29.0;
    for (int turn = 0; turn < 40; ++turn) {
        give_way(turn);
        a += b;
        b += 0.25;
        c += d;
        d += 0.125;
        e += f;
        f += 0.5;
        g += h;
        h -= 0.75;
        i += j;
        j -= 0.0625;
        k += l;
        l += 1.5;
    }
    return a + b + c + d + e + f + g + h + i + j + k + l;
}

void given_way()
{
    print("== yielding, sleeping, locking\n");
    Mutex<> mutex;
    std::array<JoinHandle<double>, 4> handles;
    for (int index = 0; index < 4; ++index) {
        handles[static_cast<std::size_t>(index)] = std::move(*spawn([index, &mutex] {
            return accumulate(index, [&](int turn) {
                switch ((turn + index) % 3) {
                case 0: yield_now(); break;
                case 1: this_thread::sleep_for(10us); break;
                default: {
                    const auto begin = Clock::now();
                    mutex.lock();
                    timing::spin_until(begin + 5us);
                    yield_now();
                    mutex.unlock();
                }
                }
            });
        }));
    }
    for (int index = 0; index < 4; ++index) {
        const double alone = accumulate(index, [](int) {});
        const double together = handles[static_cast<std::size_t>(index)].join().value();
        print("{:.4} {}\n", together, std::bit_cast<std::uint64_t>(alone) == std::bit_cast<std::uint64_t>(together));
    }
}

/// Quotients whose last bit tells the rounding mode.
struct Quotients {
    std::uint64_t tenth;
    std::uint64_t third;
    std::uint64_t minus_tenth;
};

Quotients divide()
{
    const volatile double one = 1.0;
    const volatile double three = 3.0;
    const volatile double ten = 10.0;
    const volatile double minus_ten = -10.0;
    return {std::bit_cast<std::uint64_t>(one / ten), std::bit_cast<std::uint64_t>(one / three),
            std::bit_cast<std::uint64_t>(one / minus_ten)};
}

bool operator==(const Quotients& a, const Quotients& b)
{
    return a.tenth == b.tenth && a.third == b.third && a.minus_tenth == b.minus_tenth;
}

void rounding_modes()
{
    print("== rounding modes\n");
    constexpr std::array modes{cpu::Rounding::nearest, cpu::Rounding::down, cpu::Rounding::up, cpu::Rounding::towards_zero};
    std::array<JoinHandle<Quotients>, modes.size()> handles;
    for (std::size_t index = 0; index < modes.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.time_slice(10us).spawn([mode = modes[index]] {
            cpu::set_rounding(mode);
            const Quotients first = divide();
            bool kept = true;
            for (int turn = 0; turn < 1000; ++turn) {
                kept = kept && divide() == first;
                if (turn % 8 == 0) {
                    yield_now();
                }
            }
            print("kept {}\n", kept);
            return first;
        }));
    }
    const auto show = [](const Quotients& quotients) {
        print("{:x} {:x} {:x}\n", quotients.tenth, quotients.third, quotients.minus_tenth);
    };
    std::array<Quotients, modes.size()> results;  // shown when nobody else prints any more
    std::transform(handles.begin(), handles.end(), results.begin(), [](auto& handle) { return handle.join().value(); });
    std::for_each(results.begin(), results.end(), show);
    // A new thread begins with rounding to nearest, whatever its spawner has.
    cpu::set_rounding(cpu::Rounding::up);
    auto fresh = spawn(divide);
    show(fresh->join().value());
    show(divide());
    cpu::set_rounding(cpu::Rounding::nearest);
}

double series(int thread)
{
    double sum = 0;
    double sign = 1;
    for (int term = 0; term < 3000; ++term) {
        sum += sign / (2.0 * term + 1.0 + thread);
        sign = -sign;
    }
    return sum;
}

void many_compute()
{
    print("== many compute\n");
    constexpr int count = 24;
    std::array<JoinHandle<double>, count> handles;
    for (int index = 0; index < count; ++index) {
        handles[static_cast<std::size_t>(index)] = std::move(*ThreadBuilder{}.time_slice(15us).spawn([index] {
            return series(index);
        }));
    }
    int exact = 0;
    for (int index = 0; index < count; ++index) {
        const double result = handles[static_cast<std::size_t>(index)].join().value();
        exact += std::bit_cast<std::uint64_t>(result) == std::bit_cast<std::uint64_t>(series(index)) ? 1 : 0;
        if (index == 0) {
            print("{:.6}\n", 4 * result);
        }
    }
    print("exact {} of {}\n", exact, count);
}

/// Threads that compute come and go; their registers must not end up in another one, nor in a stack used again.
void short_lives()
{
    print("== short lives\n");
    std::atomic<bool> stop = false;
    auto keeper = ThreadBuilder{}.time_slice(10us).spawn([&stop] {
        int lost = 0;
        while (!stop) {
            lost += registers_keep(77, 300) ? 0 : 1;
        }
        return lost;
    });
    int right = 0;
    for (int round = 0; round < 60; ++round) {
        auto visitor = ThreadBuilder{}.time_slice(10us).spawn([round] {
            const bool kept = registers_keep(static_cast<std::uint64_t>(round), 200);
            if (round % 3 == 0) {
                this_thread::exit();
            }
            return kept;
        });
        if (round % 4 == 1) {
            visitor->detach();
            right += 1;
        } else {
            const auto result = visitor->join();
            right += (round % 3 == 0 ? !result && result.error() == Error::no_result : result.value()) ? 1 : 0;
        }
    }
    stop = true;
    print("right {}, lost {}\n", right, keeper->join().value());
}

/// Threads that never compute run between those that do.
void mixed()
{
    print("== mixed with threads that do not compute\n");
    std::array<JoinHandle<bool>, 2> computing;
    std::array<JoinHandle<std::uint32_t>, 2> integers;
    for (std::size_t index = 0; index < 2; ++index) {
        computing[index] = std::move(*ThreadBuilder{}.time_slice(12us).spawn([index] {
            return registers_keep(index + 500, 50'000);
        }));
        integers[index] = std::move(*ThreadBuilder{}.time_slice(12us).spawn([] {
            std::uint32_t state = 1;
            for (int turn = 0; turn < 50'000; ++turn) {
                state = state * 1664525 + 1013904223;
            }
            return state;
        }));
    }
    for (std::size_t index = 0; index < 2; ++index) {
        print("{} {}\n", computing[index].join().value(), integers[index].join().value());
    }
}

}  // namespace

int main()
{
    preempted();
    given_way();
    rounding_modes();
    many_compute();
    short_lives();
    mixed();
    return 0;
}
