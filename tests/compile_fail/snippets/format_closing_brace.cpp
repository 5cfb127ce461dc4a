// expect: a single \} in the format string; write \}\}
#include <pegplan/print.hpp>

void snippet()
{
    pegplan::print("value }\n");
}
