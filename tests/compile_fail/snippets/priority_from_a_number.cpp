// expect: cannot convert|no matching function|could not convert
#include <pegplan/thread.hpp>

void snippet()
{
    pegplan::ThreadBuilder{}.priority(10);
}
