// Epochs against a model of them, and ArcLite against std::shared_ptr, with random operations of one caller.
#include "fuzz.hpp"

#include <pegplan/arc_lite.hpp>
#include <pegplan/epoch.hpp>
#include <pegplan/lockfree/treiber_stack.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace pegplan {

namespace {

struct Node : EpochLink<> {
    int reclaimed = 0;
};

constexpr auto reclaim = [](Node& node) { ++node.reclaimed; };

constexpr std::size_t participants = 3;
constexpr std::size_t garbage_limit = 5;
using Domain = Epoch<participants, garbage_limit>;

/// A pin that can be put into an optional.
struct Pin {
    explicit Pin(const Domain::Participant& participant) : guard{participant.pin()} {}
    Domain::Guard guard;
};

/// A pool of blocks: what ArcLite wants, made of a stack.
template <std::size_t Size, std::size_t Count>
class BlockPool {
    struct Block : TreiberLink<> {
        alignas(std::max_align_t) std::byte memory[Size];
    };

public:
    static constexpr std::size_t block_size = Size;
    static constexpr std::size_t block_alignment = alignof(std::max_align_t);

    BlockPool()
    {
        for (Block& block : blocks_) {
            free_.push(block);
        }
    }

    void* allocate() noexcept
    {
        Block* const block = free_.pop();
        return block == nullptr ? nullptr : block->memory;
    }
    void release(void* memory) noexcept
    {
        for (Block& block : blocks_) {
            if (block.memory == memory) {
                free_.push(block);
            }
        }
    }

private:
    std::array<Block, Count> blocks_;
    TreiberStack<Block, Count> free_{std::span<Block, Count>{blocks_}};
};

int alive = 0;

struct Object {
    explicit Object(int number) noexcept : value{number} { ++alive; }
    ~Object() { --alive; }
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    int value;
};

constexpr std::size_t blocks = 3;
using Pool = BlockPool<64, blocks>;

struct BoxedOnly {
    explicit BoxedOnly(std::unique_ptr<int> from) noexcept : box{std::move(from)} {}
    std::unique_ptr<int> box;
};

}  // namespace

TEST_CASE("Epoch: nodes come back three epochs later, and not while somebody is pinned since then")
{
    Domain epoch;
    const auto me = epoch.join();
    const auto other = epoch.join();
    REQUIRE(me);
    REQUIRE(other);
    Node node;
    {
        const auto guard = me->pin();
        const auto nested = me->pin();
        CHECK(nested.retire(node, reclaim));
    }
    CHECK(epoch.garbage() == 1);
    {
        const auto guard = other->pin();
        CHECK(epoch.try_advance());
        CHECK(!epoch.try_advance());
        CHECK(!epoch.try_advance());
    }
    CHECK(epoch.try_advance());
    CHECK(node.reclaimed == 0);
    CHECK(epoch.try_advance());
    CHECK(node.reclaimed == 1);
    CHECK(epoch.garbage() == 0);
}

TEST_CASE("Epoch: a slot is free again when its participant leaves")
{
    Domain epoch;
    std::array<std::optional<Domain::Participant>, participants> slots;
    for (auto& slot : slots) {
        slot.emplace(std::move(*epoch.join()));
    }
    CHECK(epoch.join().error() == Error::too_many_participants);
    slots[1].reset();
    CHECK(epoch.join().has_value());
}

TEST_CASE("fuzz: Epoch reclaims what its model says, when it says so")
{
    fuzz::fuzz([](fuzz::Script script) {
        Domain epoch;
        std::array<std::optional<Domain::Participant>, participants> members;
        for (auto& member : members) {
            member.emplace(std::move(*epoch.join()));
        }
        std::array<std::optional<Pin>, participants> pins;
        std::vector<std::unique_ptr<Node>> nodes;
        // The model: the epoch, that of each pin, and that in which each node was retired.
        int now = 0;
        std::array<int, participants> pinned_in{};
        std::vector<int> retired_in;
        std::size_t waiting = 0;
        const auto advance = [&] {
            bool may_advance = true;
            for (std::size_t index = 0; index < participants; ++index) {
                may_advance = may_advance && (!pins[index] || pinned_in[index] == now);
            }
            REQUIRE(epoch.try_advance() == may_advance);
            if (may_advance) {
                waiting -= static_cast<std::size_t>(std::count(retired_in.begin(), retired_in.end(), now - 2));
                ++now;
            }
        };
        while (script.has_more()) {
            const std::size_t which = script.next(participants);
            switch (script.next(6)) {
            case 0:
            case 1:
                if (pins[which]) {
                    pins[which].reset();
                } else {
                    pins[which].emplace(*members[which]);
                    pinned_in[which] = now;
                }
                break;
            case 2:
            case 3:
                if (pins[which]) {
                    auto node = std::make_unique<Node>();
                    const bool fits = waiting < garbage_limit;
                    REQUIRE(pins[which]->guard.retire(*node, reclaim) == fits);
                    if (fits) {
                        nodes.push_back(std::move(node));
                        retired_in.push_back(pinned_in[which]);
                        ++waiting;
                    }
                }
                break;
            default:
                advance();
            }
            REQUIRE(epoch.garbage() == waiting);
            for (std::size_t index = 0; index < nodes.size(); ++index) {
                REQUIRE(nodes[index]->reclaimed == (retired_in[index] + 3 <= now ? 1 : 0));
            }
        }
        for (auto& pin : pins) {
            pin.reset();
        }
        for (int turn = 0; turn < 3; ++turn) {
            advance();
        }
        REQUIRE(epoch.garbage() == 0);
    });
}

TEST_CASE("ArcLite: constructs from arguments that can only be moved, and keeps them when there is no memory")
{
    BlockPool<64, 1> pool;
    auto box = std::make_unique<int>(7);
    auto first = ArcLite<BoxedOnly>::make(pool, std::move(box));
    REQUIRE(first);
    CHECK(box == nullptr);
    CHECK(*(*first)->box == 7);
    box = std::make_unique<int>(8);
    const auto second = ArcLite<BoxedOnly>::make(pool, std::move(box));
    REQUIRE(!second);
    CHECK(second.error() == Error::out_of_memory);
    CHECK(*box == 8);
    const WeakLite<BoxedOnly> weak = first->downgrade();
    first->reset();
    CHECK(!weak.upgrade());
    // The block is kept by the weak reference.
    CHECK(!ArcLite<BoxedOnly>::make(pool, std::move(box)));
    REQUIRE(box != nullptr);
}

TEST_CASE("ArcStorage: free when the last reference is gone, the weak ones included")
{
    ArcStorage<Object> storage;
    auto arc = ArcLite<Object>::make(storage, 1);
    REQUIRE(arc);
    CHECK(!ArcLite<Object>::make(storage, 2));
    auto weak = arc->downgrade();
    arc->reset();
    CHECK(alive == 0);
    CHECK(!ArcLite<Object>::make(storage, 2));
    weak.reset();
    CHECK(ArcLite<Object>::make(storage, 2).has_value());
    CHECK(alive == 0);
}

TEST_CASE("fuzz: ArcLite and WeakLite are std::shared_ptr and std::weak_ptr")
{
    constexpr std::size_t places = 4;
    fuzz::fuzz([](fuzz::Script script) {
        Pool pool;
        std::array<ArcLite<Object>, places> arcs;
        std::array<WeakLite<Object>, places> weaks;
        std::array<std::shared_ptr<int>, places> shared;
        std::array<std::weak_ptr<int>, places> weak_shared;
        const auto blocks_in_use = [&] {  // the oracle's control blocks, which weak references keep
            std::vector<std::weak_ptr<int>> seen;
            const auto add = [&seen](const std::weak_ptr<int>& pointer) {
                const std::weak_ptr<int> none;
                const auto same = [&pointer](const std::weak_ptr<int>& other) {
                    return !pointer.owner_before(other) && !other.owner_before(pointer);
                };
                if (!same(none) && std::none_of(seen.begin(), seen.end(), same)) {
                    seen.push_back(pointer);
                }
            };
            for (std::size_t place = 0; place < places; ++place) {
                add(shared[place]);
                add(weak_shared[place]);
            }
            return seen.size();
        };
        for (int number = 0; script.has_more(); ++number) {
            const std::size_t to = script.next(places);
            const std::size_t from = script.next(places);
            switch (script.next(8)) {
            case 0:
            case 1:
                if (blocks_in_use() < blocks) {
                    arcs[to] = *ArcLite<Object>::make(pool, number);
                    shared[to] = std::make_shared<int>(number);
                } else {
                    REQUIRE(ArcLite<Object>::make(pool, number).error() == Error::out_of_memory);
                }
                break;
            case 2:
                arcs[to] = arcs[from];
                shared[to] = shared[from];
                break;
            case 3:
                arcs[to] = std::move(arcs[from]);
                shared[to] = std::move(shared[from]);
                break;
            case 4:
                arcs[to].reset();
                shared[to].reset();
                break;
            case 5:
                weaks[to] = arcs[from].downgrade();
                weak_shared[to] = shared[from];
                break;
            case 6:
                arcs[to] = weaks[from].upgrade();
                shared[to] = weak_shared[from].lock();
                break;
            default:
                weaks[to] = weaks[from];
                weak_shared[to] = weak_shared[from];
            }
            std::vector<int*> living;
            for (std::size_t place = 0; place < places; ++place) {
                REQUIRE(static_cast<bool>(arcs[place]) == (shared[place] != nullptr));
                REQUIRE(arcs[place].strong_count() == static_cast<std::uint32_t>(shared[place].use_count()));
                if (shared[place] != nullptr) {
                    REQUIRE(arcs[place]->value == *shared[place]);
                    if (std::find(living.begin(), living.end(), shared[place].get()) == living.end()) {
                        living.push_back(shared[place].get());
                    }
                }
            }
            REQUIRE(static_cast<std::size_t>(alive) == living.size());
        }
    });
    CHECK(alive == 0);
}

}  // namespace pegplan
