// expect: use of deleted function .*JoinHandle
#include <pegplan/thread.hpp>

void snippet(pegplan::JoinHandle<int>& handle)
{
    auto copy = handle;
}
