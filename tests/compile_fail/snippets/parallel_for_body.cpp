// expect: no matching function for call to 'parallel_for
#include <pegplan/parallel_for.hpp>

void snippet()
{
    pegplan::parallel_for(0, 10, 1, [](int, int, int) {});
}
