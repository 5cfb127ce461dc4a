// Rows, and what measuring them costs.
#include "tests/perf/suite/measure.hpp"

#include <algorithm>

namespace bench {

Count Stopwatch::own_ = 0;

void Stopwatch::calibrate() noexcept
{
    Stopwatch watch;
    watch.start();
    own_ = watch.stop();
}

void Row::add(Count instructions) noexcept
{
    if (++seen_ > warm_up) {
        total_ += instructions;
        worst_ = std::max(worst_, instructions);
    }
}

Row::~Row()
{
    report(name_, total_, seen_ > warm_up ? seen_ - warm_up : 0, worst_);
}

void report(std::string_view name, Count total, Count count, Count worst) noexcept
{
    if (count == 0) {
        panic("the row was never measured");
    }
    constexpr Count parts = 100;
    const Count mean = (total * parts + count / 2) / count;
    print("row {}: {}.{:02} {}\n", name, mean / parts, mean % parts, worst);
}

void begin_group(std::string_view name) noexcept
{
    print("group {}\n", name);
}

}  // namespace bench
