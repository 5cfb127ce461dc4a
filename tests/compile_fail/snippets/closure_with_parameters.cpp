// expect: no (type named 'type'|matching function for call to 'spawn)|no type named .type.|no matching function
#include <pegplan/thread.hpp>

void snippet()
{
    static_cast<void>(pegplan::ThreadBuilder{}.spawn([](int number) { return number; }));
}
