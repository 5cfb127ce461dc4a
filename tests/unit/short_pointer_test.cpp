// Pointers of 32 bits, and the timer queue's tree with them: in memory below 4 GiB.
#include "core/base/rb_tree.hpp"
#include "core/base/short_pointer.hpp"
#include "panics.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <random>
#include <set>
#include <span>
#include <utility>

#include <sys/mman.h>

namespace {

using pegplan::kernel::RbNode;
using pegplan::kernel::RbTree;
using pegplan::kernel::ShortPointer;

struct Node : RbNode<Node, ShortPointer> {
    int key;
};
static_assert(sizeof(Node) == 5 * 4);

struct Less {
    bool operator()(const Node& a, const Node& b) const { return a.key < b.key; }
};

/// `Count` nodes at an address that has 31 bits.
template <std::size_t Count>
class LowMemory {
public:
    LowMemory()
    {
        void* const wanted = reinterpret_cast<void*>(std::uintptr_t{0x7100'0000});
        constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
        memory_ = mmap(wanted, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
        REQUIRE(memory_ == wanted);
        for (std::size_t index = 0; index < Count; ++index) {
            ::new (&nodes()[index]) Node{};
        }
    }
    ~LowMemory() { munmap(memory_, bytes); }
    LowMemory(const LowMemory&) = delete;
    LowMemory& operator=(const LowMemory&) = delete;

    std::span<Node, Count> nodes() { return std::span<Node, Count>{static_cast<Node*>(memory_), Count}; }

private:
    static constexpr std::size_t bytes = Count * sizeof(Node);
    void* memory_;
};

}  // namespace

TEST_CASE("a short pointer points at what a pointer does")
{
    LowMemory<2> memory;
    ShortPointer<Node> pointer = &memory.nodes()[1];
    memory.nodes()[1].key = 7;
    CHECK(pointer->key == 7);
    CHECK(pointer == &memory.nodes()[1]);
    pointer = nullptr;
    CHECK(pointer == nullptr);
    CHECK(ShortPointer<Node>{} == nullptr);
}

TEST_CASE("an object beyond 4 GiB is refused")
{
    auto* const beyond = reinterpret_cast<Node*>(std::uintptr_t{1} << 32U);
    CHECK_PANICS(ShortPointer<Node>{beyond}, "is linked by a pointer of 32 bits");
}

TEST_CASE("a tree of short pointers keeps its order under random insertions and removals")
{
    LowMemory<200> memory;
    std::mt19937 random{3};
    RbTree<Node, Less, ShortPointer> tree;
    std::multiset<std::pair<int, Node*>> oracle;
    for (int step = 0; step < 5'000; ++step) {
        Node& node = memory.nodes()[random() % memory.nodes().size()];
        if (node.is_linked()) {
            oracle.erase({node.key, &node});
            tree.remove(node);
        } else {
            node.key = static_cast<int>(random() % 1'000'000);
            oracle.emplace(node.key, &node);
            tree.insert(node);
        }
        REQUIRE((tree.smallest() == nullptr) == oracle.empty());
        if (step % 16 == 0) {
            const Node* at = tree.smallest();
            for (const auto& [key, expected] : oracle) {
                REQUIRE(at->key == key);
                at = RbTree<Node, Less, ShortPointer>::successor(*at);
            }
            REQUIRE(at == nullptr);
        }
    }
}
