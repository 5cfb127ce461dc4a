// expect: the capacity is a power of two
#include <pegplan/lockfree/mpmc_queue.hpp>

pegplan::MpmcQueue<int, 6> queue;
