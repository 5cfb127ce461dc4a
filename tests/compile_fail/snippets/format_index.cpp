// expect: a replacement field must read \{\} or \{:spec\}
#include <pegplan/print.hpp>

void snippet()
{
    pegplan::print("{0}\n", 1);
}
