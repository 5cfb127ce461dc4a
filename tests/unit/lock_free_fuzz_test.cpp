// The lock-free structures against containers of the standard library, with random operations of one caller.
#include "fuzz.hpp"

#include <pegplan/lockfree/mpmc_queue.hpp>
#include <pegplan/lockfree/mpsc_list.hpp>
#include <pegplan/lockfree/spsc_ring.hpp>
#include <pegplan/lockfree/treiber_stack.hpp>
#include <pegplan/lockfree/work_deque.hpp>

#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace pegplan {

namespace {

template <class Queue, std::size_t capacity>
void queue_is_a_deque()
{
    fuzz::fuzz([](fuzz::Script script) {
        Queue queue;
        std::deque<int> oracle;
        for (int number = 0; script.has_more(); ++number) {
            if (script.next(2) == 0) {
                const bool fits = oracle.size() < capacity;
                REQUIRE(queue.try_push(std::make_unique<int>(number)) == fits);
                if (fits) {
                    oracle.push_back(number);
                }
            } else {
                const auto value = queue.try_pop();
                REQUIRE(value.has_value() == !oracle.empty());
                if (value) {
                    REQUIRE(**value == oracle.front());
                    oracle.pop_front();
                }
            }
        }
    });
}

struct Item : MpscLink<Item>, TreiberLink<> {};

}  // namespace

TEST_CASE("fuzz: SpscRing is a std::deque with a limit")
{
    queue_is_a_deque<SpscRing<std::unique_ptr<int>, 1>, 1>();
    queue_is_a_deque<SpscRing<std::unique_ptr<int>, 4>, 4>();
}

TEST_CASE("fuzz: MpmcQueue is a std::deque with a limit")
{
    queue_is_a_deque<MpmcQueue<std::unique_ptr<int>, 2>, 2>();
    queue_is_a_deque<MpmcQueue<std::unique_ptr<int>, 8>, 8>();
}

TEST_CASE("fuzz: MpscList is a std::deque, and says which push must wake")
{
    fuzz::fuzz([](fuzz::Script script) {
        MpscList<Item> list;
        std::array<Item, 6> items;
        std::deque<Item*> oracle;
        std::vector<Item*> unused;
        for (Item& item : items) {
            unused.push_back(&item);
        }
        std::size_t taken = 0;  // of the oracle's items, those that the consumer has
        while (script.has_more()) {
            if (script.next(2) == 0 && !unused.empty()) {
                const std::size_t which = script.next(unused.size());
                Item& item = *unused[which];
                unused.erase(unused.begin() + static_cast<std::ptrdiff_t>(which));
                REQUIRE(list.push(item) == (oracle.size() == taken));
                oracle.push_back(&item);
            } else {
                Item* const item = list.pop();
                REQUIRE((item == nullptr) == oracle.empty());
                if (item != nullptr) {
                    REQUIRE(item == oracle.front());
                    taken = (taken == 0 ? oracle.size() : taken) - 1;
                    oracle.pop_front();
                    unused.push_back(item);
                }
            }
        }
    });
}

TEST_CASE("fuzz: TreiberStack is a std::vector")
{
    fuzz::fuzz([](fuzz::Script script) {
        std::array<Item, 6> items;
        TreiberStack<Item, 6> stack{std::span<Item, 6>{items}};
        std::vector<Item*> oracle;
        std::vector<Item*> unused;
        for (Item& item : items) {
            unused.push_back(&item);
        }
        while (script.has_more()) {
            if (script.next(2) == 0 && !unused.empty()) {
                const std::size_t which = script.next(unused.size());
                stack.push(*unused[which]);
                oracle.push_back(unused[which]);
                unused.erase(unused.begin() + static_cast<std::ptrdiff_t>(which));
            } else {
                Item* const item = stack.pop();
                REQUIRE(item == (oracle.empty() ? nullptr : oracle.back()));
                if (item != nullptr) {
                    oracle.pop_back();
                    unused.push_back(item);
                }
            }
            REQUIRE(stack.empty() == oracle.empty());
        }
    });
}

TEST_CASE("fuzz: WorkDeque is a std::deque with a limit")
{
    constexpr std::size_t capacity = 4;
    fuzz::fuzz([](fuzz::Script script) {
        WorkDeque<int, capacity> deque;
        std::deque<int> oracle;
        for (int number = 0; script.has_more(); ++number) {
            switch (script.next(4)) {
            case 0:
            case 1: {
                const bool fits = oracle.size() < capacity;
                REQUIRE(deque.try_push(number) == fits);
                if (fits) {
                    oracle.push_back(number);
                }
                break;
            }
            case 2: {
                const std::optional<int> item = deque.try_pop();
                REQUIRE(item.has_value() == !oracle.empty());
                if (item) {
                    REQUIRE(*item == oracle.back());
                    oracle.pop_back();
                }
                break;
            }
            default: {
                const Stolen<int> stolen = deque.try_steal();
                REQUIRE(stolen.outcome == (oracle.empty() ? StealOutcome::empty : StealOutcome::stolen));
                if (!oracle.empty()) {
                    REQUIRE(stolen.item == oracle.front());
                    oracle.pop_front();
                }
            }
            }
        }
    });
}

}  // namespace pegplan
