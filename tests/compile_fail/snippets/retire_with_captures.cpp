// expect: no matching function for call to .*retire
#include <pegplan/epoch.hpp>

struct Node : pegplan::EpochLink<> {};

bool snippet(const pegplan::Epoch<1, 1>::Guard& guard, Node& node)
{
    int count = 0;
    return guard.retire(node, [&count](Node&) { ++count; });
}
