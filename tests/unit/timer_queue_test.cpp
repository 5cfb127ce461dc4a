// The timer queue, and the tree below it, against std::multimap.
#include "core/time/timer_queue.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <vector>

namespace {

using pegplan::kernel::RbTree;
using pegplan::kernel::Timeout;
using pegplan::kernel::TimerQueue;

struct Earlier {
    bool operator()(const Timeout& a, const Timeout& b) const { return a.deadline < b.deadline; }
};

/// Checks order, parent links, that no red node has a red child and that all paths have as many black nodes; returns that number.
int check_subtree(const Timeout* node)
{
    if (node == nullptr) {
        return 1;
    }
    int black[2];
    for (int side = 0; side < 2; ++side) {
        const Timeout* const child = node->child[side];
        if (child != nullptr) {
            REQUIRE(child->parent == node);
            REQUIRE(!(node->red && child->red));
            REQUIRE((side == 0 ? child->deadline <= node->deadline : child->deadline >= node->deadline));
        }
        black[side] = check_subtree(child);
    }
    REQUIRE(black[0] == black[1]);
    return black[0] + (node->red ? 0 : 1);
}

}  // namespace

TEST_CASE("the tree stays a red-black tree, in order, under random insertions and removals")
{
    std::mt19937 random{2};
    std::vector<Timeout> nodes(300);
    RbTree<Timeout, Earlier> tree;
    std::multimap<std::uint64_t, Timeout*> oracle;
    for (int step = 0; step < 20'000; ++step) {
        Timeout& node = nodes[random() % nodes.size()];
        if (node.is_linked()) {
            for (auto [at, end] = oracle.equal_range(node.deadline); at != end; ++at) {
                if (at->second == &node) {
                    oracle.erase(at);
                    break;
                }
            }
            tree.remove(node);
        } else {
            node.deadline = random() % 50;  // many equal ones
            const bool is_smallest = tree.insert(node);
            CHECK(is_smallest == (oracle.empty() || node.deadline < oracle.begin()->first));
            oracle.emplace(node.deadline, &node);
        }
        REQUIRE(tree.empty() == oracle.empty());
        REQUIRE(tree.smallest() == (oracle.empty() ? nullptr : oracle.begin()->second));
        if (step % 16 == 0) {
            CHECK((tree.root() == nullptr || !tree.root()->red));
            check_subtree(tree.root());
            const Timeout* at = tree.smallest();
            for (const auto& entry : oracle) {  // equal keys in the order of their insertion
                REQUIRE(at == entry.second);
                at = RbTree<Timeout, Earlier>::successor(*at);
            }
            REQUIRE(at == nullptr);
        }
    }
}

TEST_CASE("what has expired comes out earliest first, and nothing else does")
{
    TimerQueue queue;
    std::vector<Timeout> timeouts(5);
    CHECK(queue.next_deadline() == pegplan::arch::no_deadline);
    CHECK(queue.insert(timeouts[0], 30));
    CHECK(queue.insert(timeouts[1], 10));
    CHECK(!queue.insert(timeouts[2], 10));
    CHECK(!queue.insert(timeouts[3], 20));
    CHECK(queue.insert(timeouts[4], 5));
    TimerQueue::cancel(timeouts[4], queue);
    CHECK(queue.next_deadline() == 10);
    CHECK(queue.pop_expired(9) == nullptr);
    CHECK(queue.pop_expired(20) == &timeouts[1]);
    CHECK(queue.pop_expired(20) == &timeouts[2]);
    CHECK(queue.pop_expired(20) == &timeouts[3]);
    CHECK(queue.pop_expired(20) == nullptr);
    CHECK(queue.next_deadline() == 30);
}
