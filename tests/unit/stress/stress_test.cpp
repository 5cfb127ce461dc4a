// The lock-free structures between threads of the host, under the thread sanitizer: on the real atomics of a CPU with
// several cores. What the memory model allows beyond that is for the interleaving checker (tests/model).
#include "core/sync/ticket_lock.hpp"

#include <pegplan/arc_lite.hpp>
#include <pegplan/epoch.hpp>
#include <pegplan/lockfree/mpmc_queue.hpp>
#include <pegplan/lockfree/mpsc_list.hpp>
#include <pegplan/lockfree/spsc_ring.hpp>
#include <pegplan/lockfree/treiber_stack.hpp>
#include <pegplan/lockfree/work_deque.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <numeric>
#include <span>
#include <thread>
#include <vector>

namespace pegplan {

namespace {

/// A host may have fewer CPUs than a test has threads.
struct Yield {
    static void spin_hint() noexcept { std::this_thread::yield(); }
};
using HostAtomics = BasicAtomics<Yield>;

template <class Body>
void run_together(std::size_t count, Body body)
{
    std::vector<std::thread> threads;
    for (std::size_t index = 0; index < count; ++index) {
        threads.emplace_back([&body, index] { body(index); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

/// Values go from producers to consumers; each of the consumers gets its share.
template <class Queue>
void stream(std::size_t producers, std::size_t consumers, std::uint32_t each)
{
    Queue queue;
    std::vector<std::uint64_t> sums(consumers);
    std::vector<char> in_order(consumers, 1);
    run_together(producers + consumers, [&](std::size_t index) {
        if (index < producers) {
            for (std::uint32_t number = 0; number < each; ++number) {
                auto boxed = std::make_unique<std::uint32_t>(static_cast<std::uint32_t>(index) * each + number);
                while (!queue.try_push(std::move(boxed))) {
                    HostAtomics::pause();
                }
            }
            return;
        }
        const std::size_t consumer = index - producers;
        std::vector<std::int64_t> last(producers, -1);
        for (std::size_t left = producers * each / consumers; left > 0;) {
            if (const auto value = queue.try_pop()) {
                const std::size_t producer = **value / each;
                in_order[consumer] = in_order[consumer] != 0 && **value > last[producer];
                last[producer] = **value;
                sums[consumer] += **value;
                --left;
            } else {
                HostAtomics::pause();
            }
        }
    });
    const std::uint64_t total = producers * each;
    CHECK(std::accumulate(sums.begin(), sums.end(), std::uint64_t{0}) == total * (total - 1) / 2);
    for (const char right : in_order) {
        CHECK(right == 1);
    }
}

struct Node : TreiberLink<HostAtomics>, EpochLink<HostAtomics>, MpscLink<Node, HostAtomics> {
    int content = 0;  // not atomic: whoever has the node has it alone
    std::atomic<Node*> next{nullptr};
};

}  // namespace

TEST_CASE("stress: SpscRing and MpmcQueue")
{
    using Boxed = std::unique_ptr<std::uint32_t>;
    stream<SpscRing<Boxed, 4, HostAtomics>>(1, 1, 20'000);
    stream<MpmcQueue<Boxed, 4, HostAtomics>>(2, 2, 10'000);
    stream<MpmcQueue<Boxed, 2, HostAtomics>>(3, 1, 5'000);
}

TEST_CASE("stress: MpscList")
{
    constexpr std::size_t producers = 3;
    constexpr int each = 20'000;
    MpscList<Node, HostAtomics> list;
    const auto nodes = std::make_unique<std::array<std::array<Node, each>, producers>>();
    bool in_order = true;
    run_together(producers + 1, [&](std::size_t index) {
        if (index < producers) {
            for (int number = 0; number < each; ++number) {
                Node& node = (*nodes)[index][static_cast<std::size_t>(number)];
                node.content = static_cast<int>(index) * each + number;
                list.push(node);
            }
            return;
        }
        std::array<int, producers> next{};
        for (std::size_t left = producers * each; left > 0;) {
            if (const Node* const node = list.pop()) {
                in_order = in_order && node->content % each == next[static_cast<std::size_t>(node->content / each)]++;
                --left;
            } else {
                HostAtomics::pause();
            }
        }
    });
    CHECK(in_order);
}

TEST_CASE("stress: TreiberStack")
{
    constexpr std::size_t count = 4;
    constexpr int turns = 60'000;
    std::array<Node, count> nodes;
    TreiberStack<Node, count, HostAtomics> stack{std::span<Node, count>{nodes}};
    for (Node& node : nodes) {
        stack.push(node);
    }
    std::array<int, 4> popped{};
    run_together(popped.size(), [&](std::size_t index) {
        for (int turn = 0; turn < turns; ++turn) {
            Node* const first = stack.pop();
            Node* const second = stack.pop();
            for (Node* const node : {first, second}) {
                if (node != nullptr) {
                    ++node->content;
                    ++popped[index];
                    stack.push(*node);
                }
            }
        }
    });
    int content = 0;
    std::size_t left = 0;
    while (const Node* const node = stack.pop()) {
        content += node->content;
        ++left;
    }
    CHECK(left == count);
    CHECK(content == std::accumulate(popped.begin(), popped.end(), 0));
}

TEST_CASE("stress: WorkDeque")
{
    constexpr std::size_t items = 5'000;
    WorkDeque<int*, 8, HostAtomics> deque;
    std::vector<int> taken(items);  // not atomic: whoever takes an item has it alone
    std::atomic<std::size_t> count{0};
    run_together(4, [&](std::size_t index) {
        const auto take = [&count](int* item) {
            ++*item;
            count.fetch_add(1, std::memory_order_relaxed);
        };
        if (index != 0) {
            while (count.load(std::memory_order_relaxed) < items) {
                if (const auto result = deque.try_steal(); result.outcome == StealOutcome::stolen) {
                    take(result.item);
                } else {
                    HostAtomics::pause();
                }
            }
            return;
        }
        for (std::size_t item = 0; item < items;) {
            if (deque.try_push(&taken[item])) {
                ++item;
            }
            if (item % 2 == 0) {
                if (const auto own = deque.try_pop()) {
                    take(*own);
                }
            }
        }
        while (const auto own = deque.try_pop()) {
            take(*own);
        }
    });
    for (const int times : taken) {
        REQUIRE(times == 1);
    }
}

TEST_CASE("stress: Epoch")
{
    // Each thread replaces a shared node by one of a free list, reads what others put there, and retires what it found.
    constexpr std::size_t threads = 4;
    constexpr std::size_t count = 16;
    constexpr int turns = 40'000;
    struct Domain {
        std::array<Node, count> nodes;
        TreiberStack<Node, count, HostAtomics> free{std::span<Node, count>{nodes}};
        std::atomic<Node*> shared{nullptr};
        Epoch<threads, count, HostAtomics> epoch;
    };
    static Domain domain;
    for (Node& node : domain.nodes) {
        domain.free.push(node);
    }
    const auto give_back = [](Node& node) {
        node.content = 0;
        domain.free.push(node);
    };
    std::atomic<int> bad{0};
    run_together(threads, [&](std::size_t) {
        const auto participant = domain.epoch.join();
        for (int turn = 0; turn < turns; ++turn) {
            {
                const auto guard = participant->pin();
                if (const Node* const node = domain.shared.load(std::memory_order_acquire)) {
                    bad += node->content != 1 ? 1 : 0;
                }
                if (Node* const fresh = domain.free.pop()) {
                    fresh->content = 1;
                    Node* const old = domain.shared.exchange(fresh, std::memory_order_acq_rel);
                    if (old != nullptr) {
                        // There is room for all nodes.
                        bad += guard.retire(*old, give_back) ? 0 : 1;
                    }
                }
            }
            domain.epoch.try_advance();
        }
    });
    CHECK(bad.load() == 0);
    CHECK(domain.epoch.try_advance());
    CHECK(domain.epoch.try_advance());
    CHECK(domain.epoch.try_advance());
    CHECK(domain.epoch.garbage() == 0);
    std::size_t left = 0;
    while (domain.free.pop() != nullptr) {
        ++left;
    }
    CHECK(left == count - 1);
}

TEST_CASE("stress: ArcLite")
{
    struct Object {
        ~Object() { content = 0; }
        int content = 1;
    };
    constexpr int rounds = 300;
    ArcStorage<Object, HostAtomics> storage;
    std::atomic<int> bad{0};
    for (int round = 0; round < rounds; ++round) {
        auto made = ArcLite<Object, HostAtomics>::make(storage);
        REQUIRE(made);
        std::array<ArcLite<Object, HostAtomics>, 2> strong{*made, *made};
        std::array<WeakLite<Object, HostAtomics>, 2> weak{made->downgrade(), made->downgrade()};
        made->reset();
        run_together(4, [&](std::size_t index) {
            if (index < 2) {
                const auto mine = std::move(strong[index]);
                bad += mine->content != 1 ? 1 : 0;
                return;
            }
            const auto mine = std::move(weak[index - 2]);
            while (const auto upgraded = mine.upgrade()) {
                bad += upgraded->content != 1 ? 1 : 0;
            }
        });
    }
    CHECK(bad.load() == 0);
}

TEST_CASE("stress: TicketLock")
{
    kernel::TicketLock<HostAtomics> lock;
    int counter = 0;
    constexpr int turns = 20'000;
    run_together(3, [&](std::size_t) {
        for (int turn = 0; turn < turns; ++turn) {
            const std::scoped_lock guard{lock};
            ++counter;
        }
    });
    CHECK(counter == 3 * turns);
}

TEST_CASE("stress: the thread sanitizer sees a release that is missing" * doctest::skip())
{
    // Run by name, as the control: what is published here without an order must be reported.
    std::atomic<int*> published{nullptr};
    int content = 0;
    run_together(2, [&](std::size_t index) {
        if (index == 0) {
            content = 1;
            published.store(&content, std::memory_order_relaxed);
            return;
        }
        int* found = nullptr;
        while ((found = published.load(std::memory_order_relaxed)) == nullptr) {
            HostAtomics::pause();
        }
        CHECK(*found == 1);
    });
}

}  // namespace pegplan
