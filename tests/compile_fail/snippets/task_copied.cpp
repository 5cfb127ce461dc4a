// expect: use of deleted function '.*TaskGroup\(const pegplan::TaskGroup&\)'
#include <pegplan/task_group.hpp>

void snippet(pegplan::TaskGroup& group)
{
    pegplan::TaskGroup copy = group;
}
