// expect: the argument's type does not have this conversion
#include <pegplan/print.hpp>

void snippet()
{
    pegplan::print("{:q}\n", 1);
}
