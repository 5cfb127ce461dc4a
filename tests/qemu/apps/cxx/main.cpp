// What compiled C++ needs of its surroundings: guarded function-local statics, atomic operations of all widths, memory
// functions, virtual calls, and parts of the standard library that need no heap.
#include <pegplan/pegplan.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <variant>

extern "C" {
void* memcpy(void* target, const void* source, std::size_t count);
void* memmove(void* target, const void* source, std::size_t count);
void* memset(void* target, int value, std::size_t count);
int memcmp(const void* left, const void* right, std::size_t count);
}

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

int constructions = 0;

struct Slow {
    Slow() noexcept
    {
        print("construction begins in {}\n", this_thread::current().name());
        this_thread::sleep_for(2ms);
        yield_now();
        value = ++constructions;
        print("construction ends in {}\n", this_thread::current().name());
    }
    int value;
};

int slow_value()
{
    static const Slow slow;
    return slow.value;
}

template <int Number>
struct Numbered {
    Numbered() noexcept
    {
        yield_now();
        ++count;
    }
    static inline int count = 0;
};

template <int Number>
void use()
{
    static const Numbered<Number> object;
}

/// The construction of one static object uses another one.
int inner_value(int base)
{
    static const int value = [](int number) {
        this_thread::sleep_for(1ms);
        return number + 1;
    }(base);
    return value;
}

int outer_value()
{
    static const int value = inner_value(10) + 100;
    return value;
}

void competing()
{
    print("== competing\n");
    constexpr std::array names{"a", "b", "c", "d"};
    constexpr std::array levels{10, 20, 12, 20};
    std::array<JoinHandle<int>, names.size()> handles;
    for (std::size_t index = 0; index < names.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.name(names[index]).priority(Priority{levels[index]}).spawn([] {
            const int value = slow_value();
            print("{} saw {}\n", this_thread::current().name(), value);
            return value;
        }));
    }
    int sum = 0;
    for (auto& handle : handles) {
        sum += handle.join().value();
    }
    print("sum {}, constructions {}\n", sum, constructions);
}

void many_at_once()
{
    print("== many objects, many threads\n");
    std::array<JoinHandle<void>, 6> handles;
    for (auto& handle : handles) {
        handle = std::move(*ThreadBuilder{}.time_slice(5us).spawn([] {
            use<0>();
            use<1>();
            use<2>();
            use<3>();
            use<4>();
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
    print("{} {} {} {} {}\n", Numbered<0>::count, Numbered<1>::count, Numbered<2>::count, Numbered<3>::count,
          Numbered<4>::count);
}

void nested()
{
    print("== nested\n");
    auto other = ThreadBuilder{}.priority(Priority{20}).spawn(outer_value);
    print("inner {}\n", inner_value(50));
    print("outer {} {}\n", other->join().value(), outer_value());
}

/// Counts with many threads, each preempted everywhere; nothing is lost, and neighbours stay as they are.
template <class Integer>
void count_up(std::string_view name)
{
    struct Neighbours {
        Integer before = static_cast<Integer>(0x5a5a'5a5a'5a5a'5a5a);
        std::atomic<Integer> counter{0};
        Integer after = static_cast<Integer>(0xa5a5'a5a5'a5a5'a5a5);
    };
    static Neighbours all;
    std::array<JoinHandle<void>, 4> handles;
    for (auto& handle : handles) {
        handle = std::move(*ThreadBuilder{}.time_slice(3us).spawn([] {
            for (int turn = 0; turn < 700; ++turn) {
                ++all.counter;
                all.counter.fetch_sub(2);
                Integer seen = all.counter.load();
                while (!all.counter.compare_exchange_weak(seen, static_cast<Integer>(seen + 2))) {
                }
            }
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
    print("{}: {}, neighbours kept {}\n", name, static_cast<std::uint64_t>(all.counter.load()),
          all.before == static_cast<Integer>(0x5a5a'5a5a'5a5a'5a5a) && all.after == static_cast<Integer>(0xa5a5'a5a5'a5a5'a5a5));
}

void atomics()
{
    print("== atomics\n");
    count_up<std::uint8_t>("8 bits");
    count_up<std::uint16_t>("16 bits");
    count_up<std::uint32_t>("32 bits");
    count_up<std::uint64_t>("64 bits");

    std::array<std::atomic<std::uint8_t>, 4> bytes{0x11, 0x22, 0x33, 0x44};
    print("{:x} {:x} {:x}\n", bytes[1].exchange(0xff), bytes[2].fetch_or(0x0c), bytes[3].fetch_and(0x0f));
    std::uint8_t expected = 0x12;
    print("{} {:x}\n", bytes[0].compare_exchange_strong(expected, 0x55), expected);
    print("{} {:x}\n", bytes[0].compare_exchange_strong(expected, 0x55), bytes[3].fetch_xor(0xf0));
    print("{:x} {:x} {:x} {:x}\n", bytes[0].load(), bytes[1].load(), bytes[2].load(), bytes[3].load());

    std::atomic<bool> flag = false;
    print("{} ", flag.exchange(true));
    print("{}\n", flag.exchange(true));
    std::atomic_flag lock;
    print("{} ", lock.test_and_set());
    print("{} ", lock.test_and_set());
    lock.clear();
    print("{}\n", lock.test());
}

/// Against the plain loops, for all sizes and alignments of a small buffer.
void memory_functions()
{
    print("== memory functions\n");
    constexpr std::size_t size = 64;
    std::array<unsigned char, size> ascending;
    std::iota(ascending.begin(), ascending.end(), static_cast<unsigned char>(1));
    // Not to be turned into the functions that are tested.
    const auto write = [](unsigned char& place, unsigned char value) { *static_cast<volatile unsigned char*>(&place) = value; };
    int wrong = 0;
    for (std::size_t from = 0; from < 12; ++from) {
        for (std::size_t to = 0; to < 12; ++to) {
            for (std::size_t count = 0; count < 40; ++count) {
                auto copied = ascending;
                auto expected = ascending;
                for (std::size_t index = 0; index < count; ++index) {
                    write(expected[to + index], ascending[from + index]);
                }
                memmove(copied.data() + to, copied.data() + from, count);
                wrong += memcmp(copied.data(), expected.data(), size) == 0 ? 0 : 1;
                copied = ascending;
                memcpy(copied.data() + to, ascending.data() + from, count);
                wrong += copied == expected ? 0 : 1;
                copied = expected = ascending;
                for (std::size_t index = 0; index < count; ++index) {
                    write(expected[to + index], static_cast<unsigned char>(0x80 + from));
                }
                memset(copied.data() + to, static_cast<int>(0x180 + from), count);
                wrong += copied == expected ? 0 : 1;
            }
        }
    }
    print("wrong {}\n", wrong);
    print("{} {} {}\n", memcmp("abc", "abd", 3) < 0, memcmp("\xff", "\x01", 1) > 0, memcmp("abc", "abd", 2) == 0);
}

struct Shape {
    virtual ~Shape() = default;
    [[nodiscard]] virtual int corners() const = 0;
};

struct Triangle final : Shape {
    [[nodiscard]] int corners() const override { return 3; }
};

struct Square : Shape {
    [[nodiscard]] int corners() const override { return 4; }
};

void language()
{
    print("== language and library\n");
    const Triangle triangle;
    const Square square;
    const std::array<const Shape*, 2> shapes{&triangle, &square};
    print("{} {}\n", shapes[0]->corners(), shapes[1]->corners());
    std::array numbers{5, 3, 9, 1, 7};
    std::sort(numbers.begin(), numbers.end());
    print("{} {} {}\n", numbers[0], numbers[2], std::accumulate(numbers.begin(), numbers.end(), 0));
    std::variant<int, std::string_view> variant = "text";
    print("{} ", std::get<std::string_view>(variant));
    variant = 12;
    print("{}\n", std::visit([](const auto& value) { return sizeof value; }, variant));
    const std::optional<int> optional = 4;
    print("{} {}\n", optional.value(), std::optional<int>{}.value_or(6));
    print("{}\n", std::string_view{"a needle here"}.find("needle"));
    print("{}\n", std::string_view{"a needle here"}.find("pin") == std::string_view::npos);
    const auto [left, right] = std::tuple{1, 'x'};
    print("{} {}\n", left, right);
    print("{}\n", std::invoke([](std::span<const int> span) { return span.size(); }, std::span<const int>{numbers}));
    const std::uint64_t dividend = 0xffff'ffff'ffff;
    const volatile std::uint64_t divisor = 1'000'003;
    print("{} {}\n", dividend / divisor, static_cast<std::uint64_t>(static_cast<unsigned __int128>(dividend) * dividend >> 64));
}

}  // namespace

int main()
{
    competing();
    many_at_once();
    nested();
    atomics();
    memory_functions();
    language();
    return 0;
}
