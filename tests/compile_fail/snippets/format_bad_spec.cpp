// expect: a replacement field must read \{\} or \{:spec\}
#include <pegplan/print.hpp>

void snippet()
{
    pegplan::print("{:5 5}\n", 1);
}
