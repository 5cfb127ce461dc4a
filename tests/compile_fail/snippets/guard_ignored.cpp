// expect: ignoring return(ed)? value.*nodiscard
// flags: -Werror=unused-result
#include <pegplan/mutex.hpp>

void snippet(pegplan::Mutex<int>& mutex)
{
    mutex.lock();
}
