// Heaps, and C++'s own new and delete on the system heap: HEAP of 64 KiB, HEAP_OPERATOR_NEW.
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void own_memory()
{
    print("== own memory\n");
    alignas(16) static std::array<std::byte, 8_KiB> memory;
    static Heap heap{memory};
    const HeapStats empty = heap.stats();
    print("all free {}, one piece {}\n", empty.free == empty.size, empty.largest_free > empty.size * 15 / 16);
    auto* const text = static_cast<char*>(heap.allocate(100).value());
    std::memcpy(text, "kept", 5);
    void* const behind = heap.allocate(50).value();
    auto* const moved = static_cast<char*>(heap.resize(text, 1000).value());
    print("moved {}, {}\n", moved != text, std::string_view{moved, 4});
    auto* const smaller = static_cast<char*>(heap.resize(moved, 10).value());
    print("smaller where it was {}, {}\n", smaller == moved, std::string_view{smaller, 4});
    const auto aligned = heap.allocate(10, 1024).value();
    print("aligned {}\n", reinterpret_cast<std::uintptr_t>(aligned) % 1024);
    print("too much: {}, {}\n", heap.allocate(9_KiB).error(), heap.resize(smaller, 9_KiB).error());
    print("beyond reason: {}\n", heap.allocate(~std::size_t{0} - 4).error());
    print("still {}\n", std::string_view{smaller, 4});
    heap.release(nullptr);
    heap.release(behind);
    heap.release(aligned);
    heap.release(smaller);
    const HeapStats after = heap.stats();
    print("all free {}, peak {}\n", after.free == after.size, after.peak_used > 1000 && after.peak_used < 4_KiB);
}

struct Base {
    virtual ~Base() = default;
    virtual int value() const = 0;
};
struct Derived final : Base {
    ~Derived() override { print("destroyed\n"); }
    int value() const override { return 7; }
};
struct alignas(256) Wide {
    char bytes[300];
};

void operators()
{
    print("== operators\n");
    const std::size_t free_before = system_heap().stats().free;
    {
        const std::unique_ptr<Base> object = std::make_unique<Derived>();
        print("{}\n", object->value());
        const auto array = std::make_unique<int[]>(1000);
        print("zeroed {}\n", array[999]);
        const auto wide = std::make_unique<Wide>();
        print("aligned {}\n", reinterpret_cast<std::uintptr_t>(wide.get()) % 256);
        print("in use {}\n", system_heap().stats().free + 4000 + 512 < free_before);
    }
    print("all back {}\n", system_heap().stats().free == free_before);
    volatile std::size_t too_many = 70'000;
    print("nothrow: {} {}\n", static_cast<void*>(new (std::nothrow) char[too_many]) == nullptr,
          new (std::nothrow) Wide[too_many / 300] == nullptr);
}

/// Threads that preempt one another allocate, fill, check and release.
void preempted()
{
    print("== preempted\n");
    static std::atomic<int> disturbed = 0;
    static std::atomic<bool> stop = false;
    const std::size_t free_before = system_heap().stats().free;
    const auto once = [](std::size_t size, char pattern) {
        auto* const block = new (std::nothrow) char[size];
        if (block == nullptr) {
            return;
        }
        std::memset(block, pattern, size);
        auto* const grown = static_cast<char*>(system_heap().resize(block, size + size / 2).value_or(nullptr));
        const char* const now = grown != nullptr ? grown : block;
        for (std::size_t index = 0; index < size; ++index) {
            disturbed += now[index] != pattern ? 1 : 0;
        }
        delete[] now;
    };
    std::array<JoinHandle<void>, 3> equals;
    for (std::size_t index = 0; index < equals.size(); ++index) {
        equals[index] = std::move(*ThreadBuilder{}.time_slice(5us).spawn([once, index] {
            for (std::size_t round = 0; round < 500; ++round) {
                once(1 + (round * 37 + index * 11) % 500, static_cast<char>('a' + index));
            }
        }));
    }
    auto urgent = ThreadBuilder{}.priority(Priority::highest()).spawn([once] {
        for (std::size_t round = 0; !stop; ++round) {
            this_thread::sleep_for(3us);
            once(1 + round % 300, 'z');
        }
    });
    for (auto& handle : equals) {
        handle.join();
    }
    stop = true;
    urgent->join();
    print("disturbed {}, all back {}\n", disturbed.load(), system_heap().stats().free == free_before);
}

}  // namespace

int main()
{
    own_memory();
    operators();
    preempted();
    return 0;
}
