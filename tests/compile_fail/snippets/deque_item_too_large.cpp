// expect: an item is an atomic word: pass a pointer or an index
#include <pegplan/lockfree/work_deque.hpp>

struct Task {
    int words[4];
};

pegplan::WorkDeque<Task, 8> deque;
