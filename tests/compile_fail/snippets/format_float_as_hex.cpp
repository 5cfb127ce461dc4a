// expect: the argument's type does not have this conversion
#include <pegplan/print.hpp>

void snippet(double value)
{
    pegplan::print("{:x}\n", value);
}
