// expect: a replacement field must read \{\} or \{:spec\}
#include <pegplan/print.hpp>

void snippet()
{
    pegplan::print("value {\n", 1);
}
