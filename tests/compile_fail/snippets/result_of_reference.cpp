// expect: a thread's result outlives its stack frames: return a value
#include <pegplan/thread.hpp>

int value = 0;

void snippet()
{
    static_cast<void>(pegplan::spawn([]() -> int& { return value; }));
}
