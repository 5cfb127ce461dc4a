// The lock-free structures with one caller: limits, order, what stays when a call fails, and values that can only be
// moved.
#include <pegplan/lockfree/mpmc_queue.hpp>
#include <pegplan/lockfree/mpsc_list.hpp>
#include <pegplan/lockfree/spsc_ring.hpp>
#include <pegplan/lockfree/treiber_stack.hpp>
#include <pegplan/lockfree/work_deque.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace pegplan {

namespace {

using Boxed = std::unique_ptr<int>;

struct Node : TreiberLink<> {};

// No structure needs to be constructed at run time.
constinit SpscRing<int, 4> static_ring;
constinit MpmcQueue<int, 4> static_queue;
constinit WorkDeque<int, 4> static_deque;
constinit MpscList<int> static_list;

static_assert(sizeof(MpmcQueue<std::uint64_t, 4>) == 4 * 16 + 16);
static_assert(sizeof(WorkDeque<void*, 4>) == 4 * 8 + 16);
static_assert(sizeof(TreiberStack<Node, 3>) == 16);
static_assert(sizeof(TreiberLink<>) == 8);

/// What a queue does whose values can only be moved.
template <class Queue, int capacity>
void fill_and_empty()
{
    Queue queue;
    CHECK(!queue.try_pop().has_value());
    int next_in = 0;
    int next_out = 0;
    for (int round = 0; round < 3 * capacity; ++round) {  // so that it begins at every place
        while (true) {
            Boxed value = std::make_unique<int>(next_in);
            if (!queue.try_push(std::move(value))) {
                REQUIRE(value != nullptr);  // it has not been moved
                CHECK(*value == next_in);
                break;
            }
            CHECK(value == nullptr);
            ++next_in;
        }
        CHECK(next_in - next_out == capacity);
        for (int pop = 0; pop <= round % capacity; ++pop) {
            const std::optional<Boxed> value = queue.try_pop();
            REQUIRE(value.has_value());
            CHECK(**value == next_out);
            ++next_out;
        }
    }
    while (const std::optional<Boxed> value = queue.try_pop()) {
        CHECK(**value == next_out);
        ++next_out;
    }
    CHECK(next_in == next_out);
}

}  // namespace

TEST_CASE("SpscRing and MpmcQueue: full, empty, in order, and only moved")
{
    fill_and_empty<SpscRing<Boxed, 1>, 1>();
    fill_and_empty<SpscRing<Boxed, 4>, 4>();
    fill_and_empty<MpmcQueue<Boxed, 2>, 2>();
    fill_and_empty<MpmcQueue<Boxed, 8>, 8>();
}

TEST_CASE("objects of static storage")
{
    CHECK(static_ring.try_push(1));
    CHECK(static_queue.try_push(2));
    CHECK(static_deque.try_push(3));
    CHECK(static_ring.try_pop() == 1);
    CHECK(static_queue.try_pop() == 2);
    CHECK(static_deque.try_pop() == 3);
}

TEST_CASE("TreiberStack: last in, first out")
{
    std::array<Node, 3> nodes;
    TreiberStack<Node, 3> stack{std::span<Node, 3>{nodes}};
    CHECK(stack.empty());
    CHECK(stack.pop() == nullptr);
    for (Node& node : nodes) {
        stack.push(node);
    }
    CHECK(!stack.empty());
    CHECK(stack.pop() == &nodes[2]);
    stack.push(nodes[2]);
    CHECK(stack.pop() == &nodes[2]);
    CHECK(stack.pop() == &nodes[1]);
    CHECK(stack.pop() == &nodes[0]);
    CHECK(stack.pop() == nullptr);
}

TEST_CASE("TreiberStack: the tag goes round without harm")
{
    std::array<Node, 2> nodes;
    TreiberStack<Node, 2, StdAtomics, 3> stack{std::span<Node, 2>{nodes}};
    stack.push(nodes[0]);
    for (int turn = 0; turn < 100; ++turn) {
        stack.push(nodes[1]);
        CHECK(stack.pop() == &nodes[1]);
    }
    CHECK(stack.pop() == &nodes[0]);
    CHECK(stack.empty());
}

TEST_CASE("WorkDeque: the owner takes the newest, a thief the oldest")
{
    WorkDeque<int, 4> deque;
    CHECK(!deque.try_pop().has_value());
    CHECK(deque.try_steal().outcome == StealOutcome::empty);
    for (int round = 0; round < 9; ++round) {
        for (int item = 0; item < 4; ++item) {
            CHECK(deque.try_push(round * 10 + item));
        }
        CHECK(!deque.try_push(99));
        const Stolen<int> oldest = deque.try_steal();
        CHECK(oldest.outcome == StealOutcome::stolen);
        CHECK(oldest.item == round * 10);
        CHECK(deque.try_pop() == round * 10 + 3);
        CHECK(deque.try_pop() == round * 10 + 2);
        const Stolen<int> last = deque.try_steal();
        CHECK(last.item == round * 10 + 1);
        CHECK(!deque.try_pop().has_value());
        CHECK(deque.try_steal().outcome == StealOutcome::empty);
    }
}

}  // namespace pegplan
