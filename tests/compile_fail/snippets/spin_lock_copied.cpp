// expect: use of deleted function .*SpinLock
#include <pegplan/spin_lock.hpp>

void snippet()
{
    pegplan::SpinLock lock;
    auto copy = lock;
}
