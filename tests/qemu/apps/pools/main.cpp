// Pools of blocks and objects, alone and while threads preempt one another in the middle of their calls.
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

struct Packet {
    Packet(int from, int length) : from{from}, length{length} { ++alive; }
    ~Packet() { --alive; }
    int from;
    int length;
    static inline std::atomic<int> alive = 0;
};

constinit ObjectPool<Packet, 4> packets;

void objects()
{
    print("== objects\n");
    {
        auto first = packets.make(1, 10);
        auto second = packets.make(2, 20);
        auto third = packets.make(3, 30);
        print("{} {} {}, alive {}, in use {} of {}\n", (*first)->from, (*second)->length, (*third)->length, Packet::alive.load(),
              packets.in_use(), packets.capacity());
        const auto fourth = packets.make(4, 40);
        print("{}\n", packets.make(5, 50).error());
        second->reset();
        print("{}\n", packets.make(6, 60).value()->from);
    }
    print("alive {}, in use {}\n", Packet::alive.load(), packets.in_use());
    Packet* const raw = packets.create(7, 70).value();
    print("{}\n", raw->length);
    packets.destroy(raw);
    print("alive {}\n", Packet::alive.load());
}

void blocks()
{
    print("== blocks\n");
    alignas(64) static std::array<std::byte, FixedPool::memory_for(5, 100, 64)> memory;
    FixedPool pool{memory, 100, 64};
    print("{} blocks of {}\n", pool.capacity(), pool.block_size());
    std::array<void*, 5> all;
    for (void*& block : all) {
        block = pool.allocate().value();
    }
    bool aligned = true;
    for (void* const block : all) {
        aligned = aligned && reinterpret_cast<std::uintptr_t>(block) % 64 == 0;
    }
    print("aligned {}, then {}\n", aligned, pool.allocate().error());
    pool.release(all[3]);
    print("the last one that came back: {}\n", pool.allocate().value() == all[3]);
    for (void* const block : all) {
        pool.release(block);
    }
    print("in use {}\n", pool.in_use());
}

/// Threads of equal priority with short slices, and urgent ones that wake all the time, share a pool.
void preempted()
{
    print("== preempted\n");
    constexpr int rounds = 3'000;
    constexpr int enough_interruptions = 100;
    static std::array<std::byte, FixedPool::memory_for(5, sizeof(int))> memory;
    static FixedPool pool{memory, sizeof(int), alignof(int)};
    static std::atomic<int> disturbed = 0;
    static std::atomic<int> interruptions = 0;
    static std::atomic<int> refused = 0;
    static std::atomic<bool> stop = false;
    const auto once = [](int owner) {
        const auto block = pool.allocate();
        if (!block) {
            ++refused;
            return;
        }
        auto* const word = static_cast<volatile int*>(*block);
        *word = owner;
        for (int wait = 0; wait < 5; ++wait) {
            disturbed += *word != owner ? 1 : 0;
        }
        pool.release(*block);
    };
    std::array<JoinHandle<void>, 4> equals;
    for (int index = 0; index < 4; ++index) {
        equals[static_cast<std::size_t>(index)] =
            std::move(*ThreadBuilder{}.time_slice(3us).spawn([once, index] {
                for (int round = 0; round < rounds || interruptions < enough_interruptions; ++round) {
                    once(index);
                }
            }));
    }
    auto urgent = ThreadBuilder{}.priority(Priority::highest()).spawn([once] {
        while (!stop) {
            this_thread::sleep_for(1700ns);
            once(100);
            ++interruptions;
        }
    });
    for (auto& handle : equals) {
        handle.join();
    }
    stop = true;
    urgent->join();
    print("disturbed {}, refused {}\n", disturbed.load(), refused.load());
    print("in use {}\n", pool.in_use());
}

}  // namespace

int main()
{
    objects();
    blocks();
    preempted();
    return 0;
}
