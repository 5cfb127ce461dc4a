// The lock-free structures, epoch-based reclamation and ArcLite between threads that are preempted everywhere.
#include <pegplan/arc_lite.hpp>
#include <pegplan/epoch.hpp>
#include <pegplan/lockfree/mpmc_queue.hpp>
#include <pegplan/lockfree/mpsc_list.hpp>
#include <pegplan/lockfree/spsc_ring.hpp>
#include <pegplan/lockfree/treiber_stack.hpp>
#include <pegplan/lockfree/work_deque.hpp>
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

/// So short that a thread is preempted in the middle of all that it does.
constexpr auto slice = 7us;

template <std::size_t Threads, class Body>
void run_together(Body body)
{
    std::array<JoinHandle<void>, Threads> handles;
    for (std::size_t index = 0; index < Threads; ++index) {
        handles[index] = std::move(*ThreadBuilder{}.time_slice(slice).spawn([&body, index] { body(index); }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
}

void queue()
{
    print("== MpmcQueue\n");
    constexpr std::size_t sides = 3;
    constexpr std::uint32_t each = 600;
    static MpmcQueue<std::uint32_t, 8> queue;
    std::array<std::uint64_t, sides> sums{};
    std::array<bool, sides> in_order{};
    run_together<2 * sides>([&](std::size_t index) {
        if (index < sides) {
            for (std::uint32_t number = 0; number < each;) {
                if (queue.try_push(static_cast<std::uint32_t>(index) * each + number)) {
                    ++number;
                } else {
                    yield_now();
                }
            }
            return;
        }
        const std::size_t consumer = index - sides;
        std::array<std::int64_t, sides> last{-1, -1, -1};
        in_order[consumer] = true;
        for (std::uint32_t left = each; left > 0;) {
            if (const std::optional<std::uint32_t> value = queue.try_pop()) {
                in_order[consumer] = in_order[consumer] && *value > last[*value / each];
                last[*value / each] = *value;
                sums[consumer] += *value;
                --left;
            } else {
                yield_now();
            }
        }
    });
    constexpr std::uint64_t total = sides * each;
    print("sum {}, in order {}\n", sums[0] + sums[1] + sums[2] == total * (total - 1) / 2,
          in_order[0] && in_order[1] && in_order[2]);
}

void ring_and_list()
{
    print("== SpscRing and MpscList\n");
    constexpr std::uint32_t each = 1000;
    struct Item : MpscLink<Item> {
        std::uint32_t value = 0;
    };
    static SpscRing<std::uint32_t, 4> ring;
    static MpscList<Item> list;
    static std::array<std::array<Item, each>, 2> items;
    bool ring_in_order = true;
    bool list_in_order = true;
    run_together<5>([&](std::size_t index) {
        switch (index) {
        case 0:
            for (std::uint32_t value = 0; value < each;) {
                if (ring.try_push(value)) {
                    ++value;
                } else {
                    yield_now();
                }
            }
            break;
        case 1:
            for (std::uint32_t expected = 0; expected < each;) {
                if (const std::optional<std::uint32_t> value = ring.try_pop()) {
                    ring_in_order = ring_in_order && *value == expected++;
                } else {
                    yield_now();
                }
            }
            break;
        case 2:
            for (std::array<std::uint32_t, 2> next{}; next[0] + next[1] < 2 * each;) {
                if (const Item* const item = list.pop()) {
                    list_in_order = list_in_order && item->value % each == next[item->value / each]++;
                } else {
                    yield_now();
                }
            }
            break;
        default:
            for (std::uint32_t number = 0; number < each; ++number) {
                Item& item = items[index - 3][number];
                item.value = static_cast<std::uint32_t>(index - 3) * each + number;
                list.push(item);
            }
        }
    });
    print("ring {}, list {}\n", ring_in_order, list_in_order);
}

void deque()
{
    print("== WorkDeque\n");
    constexpr std::uint32_t items = 1500;
    static WorkDeque<std::uint32_t, 16> deque;
    static std::array<std::atomic<std::uint32_t>, items> taken;
    std::atomic<std::uint32_t> count{0};
    const auto take = [&](std::uint32_t item) {
        taken[item].fetch_add(1);
        count.fetch_add(1);
    };
    run_together<3>([&](std::size_t index) {
        if (index == 0) {
            for (std::uint32_t item = 0; item < items;) {
                if (deque.try_push(item)) {
                    ++item;
                } else if (const auto own = deque.try_pop()) {
                    take(*own);
                }
                if (item % 3 == 0) {
                    if (const auto own = deque.try_pop()) {
                        take(*own);
                    }
                }
            }
            while (const auto own = deque.try_pop()) {
                take(*own);
            }
            return;
        }
        while (count.load() < items) {
            if (const auto result = deque.try_steal(); result.outcome == StealOutcome::stolen) {
                take(result.item);
            } else if (result.outcome == StealOutcome::empty) {
                yield_now();
            }
        }
    });
    bool once = true;
    for (const auto& times : taken) {
        once = once && times.load() == 1;
    }
    print("every item once {}\n", once);
}

// ---- epochs: a stack of pointers, whose pop reads a node that another thread may have popped ------------------------

constexpr std::size_t node_count = 24;
constexpr std::size_t garbage_limit = 16;
constexpr std::uint64_t poison = 0xdead'beef;

struct Node : TreiberLink<>, EpochLink<> {
    std::atomic<Node*> next{nullptr};
    std::atomic<std::uint64_t> value{poison};
};

std::array<Node, node_count> nodes;
TreiberStack<Node, node_count> free_nodes{std::span<Node, node_count>{nodes}};
std::atomic<Node*> top{nullptr};
Epoch<4, garbage_limit> epoch;

constexpr auto give_back = [](Node& node) {
    node.value = poison;
    node.next = &node;  // whoever followed this would go round for ever
    free_nodes.push(node);
};

void push(Node& node)
{
    Node* newest = top.load(std::memory_order_relaxed);
    do {
        node.next.store(newest, std::memory_order_relaxed);
    } while (!top.compare_exchange_weak(newest, &node, std::memory_order_release, std::memory_order_relaxed));
}

/// Without a tag: that the node on top is the one it was, and its link too, is because nobody can have put it to
/// another use while this thread is pinned. Returns the node's value, or nothing if the stack is empty.
template <class Participant>
std::optional<std::uint64_t> pop(const Participant& participant, std::uint32_t& refused)
{
    Node* popped = nullptr;
    std::uint64_t value = 0;
    {
        const auto guard = participant.pin();
        popped = top.load(std::memory_order_acquire);
        while (popped != nullptr) {
            Node* const next = popped->next.load(std::memory_order_relaxed);
            if (top.compare_exchange_weak(popped, next, std::memory_order_acquire)) {
                break;
            }
        }
        if (popped == nullptr) {
            return std::nullopt;
        }
        value = popped->value.load(std::memory_order_relaxed);
        if (guard.retire(*popped, give_back)) {
            return value;
        }
    }
    // The limit has been reached: make room, and try again with a new pin.
    for (;;) {
        ++refused;
        epoch.try_advance();
        yield_now();
        const auto guard = participant.pin();
        if (guard.retire(*popped, give_back)) {
            return value;
        }
    }
}

void reclamation()
{
    print("== Epoch and TreiberStack\n");
    constexpr std::size_t threads = 4;
    constexpr std::uint32_t each = 1000;
    for (Node& node : nodes) {
        free_nodes.push(node);
    }
    std::array<std::uint64_t, threads> pushed{};
    std::array<std::uint64_t, threads> popped{};
    std::array<std::uint32_t, threads> poisoned{};
    std::array<std::uint32_t, threads> refused{};
    std::atomic<bool> over_limit{false};
    run_together<threads>([&](std::size_t index) {
        const auto participant = epoch.join();
        std::uint32_t pushes = 0;
        for (std::uint32_t turn = 0; turn < each; ++turn) {
            if (Node* const node = free_nodes.pop()) {
                const std::uint64_t value = index * each + turn + 1;
                node->value.store(value, std::memory_order_relaxed);
                push(*node);
                pushed[index] += value;
                ++pushes;
            }
            if (const auto value = pop(*participant, refused[index])) {
                poisoned[index] += *value == poison ? 1 : 0;
                popped[index] += *value;
            }
            if (turn % 4 == index) {
                epoch.try_advance();
            }
            if (epoch.garbage() > garbage_limit + threads) {  // those that are about to be refused count for a moment
                over_limit = true;
            }
        }
    });
    std::uint64_t pushed_sum = pushed[0] + pushed[1] + pushed[2] + pushed[3];
    std::uint64_t popped_sum = popped[0] + popped[1] + popped[2] + popped[3];
    {
        std::uint32_t none = 0;
        const auto participant = epoch.join();
        while (const auto value = pop(*participant, none)) {
            popped_sum += *value;
        }
    }
    bool advanced = true;
    for (int turn = 0; turn < 3; ++turn) {
        advanced = epoch.try_advance() && advanced;
    }
    std::size_t free_count = 0;
    while (free_nodes.pop() != nullptr) {
        ++free_count;
    }
    print("poisoned {}, over the limit {}\n", poisoned[0] + poisoned[1] + poisoned[2] + poisoned[3], over_limit.load());
    print("everything pushed was popped {}\n", pushed_sum == popped_sum && pushed_sum != 0);
    print("advanced {}, waiting {}, free {}\n", advanced, epoch.garbage(), free_count);
}

void limit()
{
    print("== Epoch, at its limit\n");
    static std::array<Node, 4> few;
    static Epoch<2, 2> small;
    const auto me = small.join();
    auto other = small.join();
    print("third participant: {}\n", small.join().error());
    int reclaimed = 0;
    static int* counter = &reclaimed;
    counter = &reclaimed;
    const auto count = [](Node&) { ++*counter; };
    {
        const auto guard = other->pin();
        const auto mine = me->pin();
        const bool first = mine.retire(few[0], count);
        const bool second = mine.retire(few[1], count);
        const bool third = mine.retire(few[2], count);
        print("retired {} {} {}\n", first, second, third);
    }
    {
        const auto guard = other->pin();
        int advanced = 0;
        for (int turn = 0; turn < 5; ++turn) {
            advanced += small.try_advance() ? 1 : 0;
        }
        print("beside one that is pinned: advanced {}, reclaimed {}\n", advanced, reclaimed);
    }
    for (int turn = 0; turn < 2; ++turn) {
        small.try_advance();
    }
    print("reclaimed {}, waiting {}\n", reclaimed, small.garbage());
}

// ---- shared ownership
// ------------------------------------------------------------------------------------------------

void shared_ownership()
{
    print("== ArcLite\n");
    static std::atomic<int> alive{0};
    struct Counted {
        explicit Counted(int value) noexcept : value{value} { alive.fetch_add(1); }
        ~Counted()
        {
            value = -1;
            alive.fetch_sub(1);
        }
        int value;
    };
    static ArcStorage<Counted> storage;
    constexpr int rounds = 60;
    bool all_right = true;
    for (int round = 0; round < rounds; ++round) {
        auto arc = *ArcLite<Counted>::make(storage, round);
        all_right = all_right && !ArcLite<Counted>::make(storage, 0);
        std::array<ArcLite<Counted>, 2> strong{arc, arc};
        std::array<WeakLite<Counted>, 2> weak{arc.downgrade(), arc.downgrade()};
        arc.reset();
        std::array<bool, 4> right{};
        run_together<4>([&](std::size_t index) {
            if (index < 2) {
                const ArcLite<Counted> mine = std::move(strong[index]);
                right[index] = mine->value == round;
                return;
            }
            const WeakLite<Counted> mine = std::move(weak[index - 2]);
            right[index] = true;
            for (int turn = 0; turn < 50; ++turn) {
                if (const ArcLite<Counted> upgraded = mine.upgrade()) {
                    right[index] = right[index] && upgraded->value == round;
                }
            }
        });
        all_right = all_right && right[0] && right[1] && right[2] && right[3] && alive.load() == 0;
    }
    print("right {}, alive {}\n", all_right, alive.load());
}

}  // namespace

int main()
{
    queue();
    ring_and_list();
    deque();
    reclamation();
    limit();
    shared_ownership();
    return 0;
}
