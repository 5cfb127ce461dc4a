// Rings against std::deque.
#include "core/base/ring.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

namespace {

struct Item : pegplan::kernel::RingLink<Item> {
    int value;
};

using Ring = pegplan::kernel::Ring<Item>;

std::vector<int> values(const Ring& ring)
{
    std::vector<int> result;
    if (const Item* at = ring.front()) {
        do {
            CHECK(at->ring_next->ring_previous == at);
            result.push_back(at->value);
            at = at->ring_next;
        } while (at != ring.front());
    }
    return result;
}

}  // namespace

TEST_CASE("a ring keeps the order of a deque under random operations")
{
    std::mt19937 random{1};
    std::vector<Item> items(40);
    for (std::size_t index = 0; index < items.size(); ++index) {
        items[index] = Item{{nullptr, nullptr}, static_cast<int>(index)};
    }
    Ring ring;
    std::deque<int> oracle;
    for (int step = 0; step < 20'000; ++step) {
        Item& item = items[random() % items.size()];
        const auto found = std::find(oracle.begin(), oracle.end(), item.value);
        if (item.in_ring()) {
            REQUIRE(found != oracle.end());
            CHECK(item.is_alone() == (oracle.size() == 1));
            if (random() % 4 == 0) {
                Item& front = ring.rotate();
                std::rotate(oracle.begin(), oracle.begin() + 1, oracle.end());
                CHECK(front.value == oracle.front());
            } else {
                oracle.erase(found);
                CHECK(ring.remove(item) == oracle.empty());
            }
        } else {
            REQUIRE(found == oracle.end());
            switch (random() % 3) {
            case 0:
                ring.push_back(item);
                oracle.push_back(item.value);
                break;
            case 1:
                ring.push_front(item);
                oracle.push_front(item.value);
                break;
            default:
                if (oracle.empty()) {
                    break;
                }
                const std::size_t place = random() % oracle.size();
                Item& position = items[static_cast<std::size_t>(oracle[place])];
                ring.insert_before(position, item);
                oracle.insert(place == 0 ? oracle.end() : oracle.begin() + static_cast<std::ptrdiff_t>(place), item.value);
            }
        }
        CHECK(ring.empty() == oracle.empty());
        REQUIRE(values(ring) == std::vector<int>(oracle.begin(), oracle.end()));
    }
    while (Item* const item = ring.pop_front()) {
        CHECK(item->value == oracle.front());
        CHECK(!item->in_ring());
        oracle.pop_front();
    }
    CHECK(oracle.empty());
}
