// A thread that recurses without end.
#include <pegplan/pegplan.hpp>

using namespace pegplan;

namespace overflow {

[[gnu::noinline]] int descend(int depth)
{
    volatile char room[100];
    room[0] = static_cast<char>(depth);
    return depth < 1'000'000 ? descend(depth + 1) + room[0] : 0;
}

}  // namespace overflow

int main()
{
    auto deep = ThreadBuilder{}.name("deep").stack_size(16_KiB).spawn([] { return overflow::descend(0); });
    return deep->join().value();
}
