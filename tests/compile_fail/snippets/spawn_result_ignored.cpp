// expect: ignoring return(ed)? value.*nodiscard
// flags: -Werror=unused-result
#include <pegplan/thread.hpp>

void snippet()
{
    pegplan::ThreadBuilder{}.spawn([] {});
}
