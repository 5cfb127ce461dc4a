// The order of waiting threads, against a sorted std::list.
#include "core/sync/wait_queue.hpp"
#include "core/thread/thread_control.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <list>
#include <random>
#include <vector>

using namespace pegplan::kernel;

namespace {

constexpr std::size_t thread_count = 40;
constexpr int levels = 6;  // many equals

void check_same(const WaitQueue& queue, const std::list<Waiter*>& oracle)
{
    REQUIRE(queue.empty() == oracle.empty());
    const Waiter* at = queue.front();
    for (const Waiter* expected : oracle) {
        REQUIRE(at == expected);
        at = queue.after(*at);
    }
    REQUIRE(at == nullptr);
}

void insert(std::list<Waiter*>& oracle, Waiter& waiter)
{
    const auto less_urgent = [&](const Waiter* other) { return other->thread->priority < waiter.thread->priority; };
    oracle.insert(std::find_if(oracle.begin(), oracle.end(), less_urgent), &waiter);
}

}  // namespace

TEST_CASE("a wait queue is ordered by priority, equals by arrival, whoever comes, goes or changes")
{
    std::mt19937 random{8};
    std::vector<ThreadControl> threads(thread_count);
    WaitQueue queue;
    std::deque<Waiter> waiters;
    for (ThreadControl& thread : threads) {
        waiters.emplace_back(queue).thread = &thread;
    }
    std::list<Waiter*> oracle;
    for (int step = 0; step < 30'000; ++step) {
        Waiter& waiter = waiters[random() % waiters.size()];
        if (!waiter.in_ring()) {
            waiter.thread->priority = static_cast<std::uint8_t>(random() % levels);
            queue.insert(waiter);
            insert(oracle, waiter);
        } else if (random() % 3 == 0) {  // what a change of priority does
            queue.remove(waiter);
            oracle.remove(&waiter);
            waiter.thread->priority = static_cast<std::uint8_t>(random() % levels);
            queue.insert(waiter);
            insert(oracle, waiter);
        } else {
            Waiter& leaving = random() % 2 == 0 ? waiter : *queue.front();
            queue.remove(leaving);
            oracle.remove(&leaving);
            REQUIRE(!leaving.in_ring());
        }
        check_same(queue, oracle);
    }
}

TEST_CASE("of a thread's places in one queue the first one counts")
{
    ThreadControl thread{};
    WaitQueue queue;
    WaitQueue other;
    Waiter places[] = {Waiter{other}, Waiter{queue}, Waiter{other}, Waiter{queue}};
    thread.places = &places[0];
    for (std::size_t index = 0; index < 4; ++index) {
        places[index].thread = &thread;
        places[index].next_place = index < 3 ? &places[index + 1] : nullptr;
    }
    CHECK(is_first_place_in_queue(places[0]));
    CHECK(is_first_place_in_queue(places[1]));
    CHECK(!is_first_place_in_queue(places[2]));
    CHECK(!is_first_place_in_queue(places[3]));
}
