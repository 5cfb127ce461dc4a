// expect: more arguments than replacement fields
#include <pegplan/print.hpp>

void snippet()
{
    pegplan::print("nothing\n", 1);
}
