// What fibers of Boost cost: a program of this machine that prints rows as the bench of the host does
// (tests/perf/host_bench). Built where the library is installed.
#include <boost/fiber/all.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace {

constexpr std::size_t rounds = 101;
constexpr int operations = 1'000;

template <class Operation>
double time_of(Operation&& operation)
{
    const auto begin = std::chrono::steady_clock::now();
    operation();
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() / operations;
}

template <class Measure>
void print_row(const char* name, Measure&& measure)
{
    std::array<double, rounds> times;
    std::generate(times.begin(), times.end(), measure);
    std::sort(times.begin(), times.end());
    std::printf("row %-44s %10.2f %10.2f %10.2f\n", name, times[rounds / 2], times.front(), times.back());
}

}  // namespace

int main()
{
    print_row("boost::fibers, create and join", [] {
        return time_of([] {
            for (int turn = 0; turn < operations; ++turn) {
                boost::fibers::fiber{[] {}}.join();
            }
        });
    });
    print_row("boost::fibers, yield", [] {
        bool stop = false;
        boost::fibers::fiber peer{[&stop] {
            while (!stop) {
                boost::this_fiber::yield();
            }
        }};
        const double time = time_of([] {
            for (int turn = 0; turn < operations; turn += 2) {
                boost::this_fiber::yield();
            }
        });
        stop = true;
        peer.join();
        return time;
    });
}
