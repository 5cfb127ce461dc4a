// expect: the closure is larger than TASK_CLOSURE_SIZE: capture a reference, or run a Task
#include <pegplan/task_group.hpp>

struct Much {
    char bytes[pegplan::kernel::task_closure_size + 1];
};

void snippet(pegplan::TaskGroup& group, const Much& much)
{
    group.run([much] { static_cast<void>(much); });
}
