// expect: more replacement fields than arguments
#include <pegplan/print.hpp>

void snippet()
{
    pegplan::print("{} and {}\n", 1);
}
