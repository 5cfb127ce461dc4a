// expect: print: specialise pegplan::Formatter for this type
#include <pegplan/print.hpp>

struct Unprintable {};

void snippet()
{
    pegplan::print("{}\n", Unprintable{});
}
