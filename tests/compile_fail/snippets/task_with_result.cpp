// expect: a task is a function without arguments and without a result: it writes what it finds to where the caller will look
#include <pegplan/task_group.hpp>

void snippet(pegplan::TaskGroup& group)
{
    group.run([] { return 1; });
}
