// expect: no matching function
#include <pegplan/thread.hpp>

void snippet()
{
    pegplan::this_thread::sleep_for(10);
}
