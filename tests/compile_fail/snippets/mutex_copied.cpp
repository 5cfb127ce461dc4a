// expect: use of deleted function .*Mutex
#include <pegplan/mutex.hpp>

void snippet()
{
    pegplan::Mutex<int> mutex{1};
    auto copy = mutex;
}
