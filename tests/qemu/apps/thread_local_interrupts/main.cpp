// Handlers of interrupts use the thread_local variables of the thread that they have interrupted, be it the idle one.
#include "tests/qemu/apps/support/timing.hpp"

#include <pegplan/pegplan.hpp>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

thread_local int interrupts = 0;
int seen_by_handler = 0;

}  // namespace

int main()
{
    Timer timer{[] { seen_by_handler = ++interrupts; }};
    for (int round = 0; round < 2; ++round) {
        timer.start_once(1ms);
        timing::spin_for(2ms);
        print("while main runs: {}, main's own {}\n", seen_by_handler, interrupts);
    }
    for (int round = 0; round < 3; ++round) {
        timer.start_once(1ms);
        this_thread::sleep_for(2ms);
        print("while nobody runs: {}, main's own {}\n", seen_by_handler, interrupts);
    }
    return 0;
}
