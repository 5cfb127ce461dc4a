// expect: deadlines need the scheduling policy SCHED_EDF
#include <pegplan/pegplan.hpp>

using namespace std::chrono_literals;

void f()
{
    static_cast<void>(pegplan::ThreadBuilder{}.deadline(pegplan::DeadlineParameters{.runtime = 1ms, .deadline = 2ms, .period = 2ms}));
}
