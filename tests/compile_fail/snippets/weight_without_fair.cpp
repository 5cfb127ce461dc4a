// expect: weights need the scheduling policy SCHED_FAIR
#include <pegplan/pegplan.hpp>

void f()
{
    static_cast<void>(pegplan::ThreadBuilder{}.weight(5));
}
