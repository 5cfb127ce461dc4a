// expect: not a constant expression|is not constant|constant expression
#include <pegplan/print.hpp>

void snippet(const char* format)
{
    pegplan::print(format, 1);
}
