// expect: more replacement fields than arguments
#include <pegplan/panic.hpp>

void snippet()
{
    pegplan::panic("lost {}");
}
