// What Pegplan's operations cost, in instructions. `scripts/pegplan bench --board B` runs this and reads the lines.
#include "tests/perf/suite/measure.hpp"
#include "tests/perf/suite/software_interrupt.hpp"

int main()
{
    bench::enable_counter();
    bench::Stopwatch::calibrate();
    bench::install_software_interrupt();
    bench::measure_thread_metric();
    bench::measure_threads();
    bench::measure_locks();
    bench::measure_signals();
    bench::measure_memory();
    bench::measure_interrupts();
    bench::measure_growth();
    return 0;
}
