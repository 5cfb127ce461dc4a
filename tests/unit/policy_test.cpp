// The scheduling policies and the bitmap, without a kernel.
#include "core/base/priority_bitmap.hpp"
#include "core/sched/fixed_priority.hpp"
#include "core/sched/policy.hpp"
#include "core/sched/round_robin.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <set>
#include <vector>

using namespace pegplan;

namespace {

struct FakeThread : kernel::RingLink<FakeThread> {
    std::uint8_t priority;
};

static_assert(sched::SchedulerPolicy<sched::FixedPriority, FakeThread>);
static_assert(sched::SchedulerPolicy<sched::RoundRobin, FakeThread>);

template <std::size_t Levels>
void compare_bitmap_with_set()
{
    std::mt19937 random{3};
    kernel::PriorityBitmap<Levels> bitmap;
    std::set<std::size_t> oracle;
    for (int step = 0; step < 10'000; ++step) {
        const std::size_t level = random() % Levels;
        if (random() % 2 == 0) {
            bitmap.insert(level);
            oracle.insert(level);
        } else {
            bitmap.remove(level);
            oracle.erase(level);
        }
        REQUIRE(bitmap.contains(level) == oracle.contains(level));
        REQUIRE(bitmap.empty() == oracle.empty());
        if (!oracle.empty()) {
            REQUIRE(bitmap.highest() == *oracle.rbegin());
        }
    }
}

}  // namespace

TEST_CASE("a bitmap of priorities is a set, with one word and with two levels of words")
{
    compare_bitmap_with_set<2>();
    compare_bitmap_with_set<64>();
    compare_bitmap_with_set<65>();
    compare_bitmap_with_set<256>();
}

TEST_CASE("fixed priority: the most urgent runs, equals in the order in which they became ready")
{
    std::mt19937 random{4};
    std::vector<FakeThread> threads(60);
    sched::FixedPriority::RunQueue<FakeThread> queue;
    std::vector<std::deque<FakeThread*>> oracle(config::num_priorities);
    const auto expected = [&]() -> FakeThread* {
        for (auto level = oracle.rbegin(); level != oracle.rend(); ++level) {
            if (!level->empty()) {
                return level->front();
            }
        }
        return nullptr;
    };
    for (int step = 0; step < 20'000; ++step) {
        FakeThread& thread = threads[random() % threads.size()];
        FakeThread* const running = queue.pick();
        if (running != nullptr && random() % 3 == 0) {
            auto& level = oracle[running->priority];
            std::rotate(level.begin(), level.begin() + 1, level.end());
            REQUIRE(&queue.rotate(*running) == level.front());
        } else if (thread.in_ring()) {
            REQUIRE(queue.must_share(thread) == (oracle[thread.priority].size() > 1));
            std::erase(oracle[thread.priority], &thread);
            queue.dequeue(thread);
        } else {
            thread.priority = static_cast<std::uint8_t>(random() % config::num_priorities);
            if (running != nullptr) {
                REQUIRE(queue.should_preempt(thread, *running) == (thread.priority > running->priority));
            }
            oracle[thread.priority].push_back(&thread);
            queue.enqueue(thread);
        }
        REQUIRE(queue.pick() == expected());
    }
}

TEST_CASE("round robin: everybody in turn, whatever the priority")
{
    std::vector<FakeThread> threads(3);
    threads[2].priority = 9;
    sched::RoundRobin::RunQueue<FakeThread> queue;
    CHECK(queue.pick() == nullptr);
    for (FakeThread& thread : threads) {
        queue.enqueue(thread);
    }
    CHECK(!queue.should_preempt(threads[2], threads[0]));
    CHECK(queue.pick() == &threads[0]);
    CHECK(queue.must_share(threads[0]));
    CHECK(&queue.rotate(threads[0]) == &threads[1]);
    CHECK(&queue.rotate(threads[1]) == &threads[2]);
    queue.dequeue(threads[2]);
    CHECK(queue.pick() == &threads[0]);
    queue.dequeue(threads[1]);
    CHECK(!queue.must_share(threads[0]));
}
