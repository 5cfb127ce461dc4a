// A thread that recurses without end, on a stack of the last NUMA node.
#include <pegplan/pegplan.hpp>

using namespace pegplan;

namespace overflow {

[[gnu::noinline]] int descend_far_away(int depth)
{
    volatile char room[100];
    room[0] = static_cast<char>(depth);
    return depth < 1'000'000 ? descend_far_away(depth + 1) + room[0] : 0;
}

}  // namespace overflow

int main()
{
    auto deep = ThreadBuilder{}.name("deep").stack_size(16_KiB).numa_node(NodeId{numa::node_count - 1}).spawn([] {
        return overflow::descend_far_away(0);
    });
    return deep->join().value();
}
