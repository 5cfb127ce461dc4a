// expect: more arguments than replacement fields
#include <pegplan/print.hpp>

void snippet()
{
    pegplan::print("only {}\n", 1, 2);
}
