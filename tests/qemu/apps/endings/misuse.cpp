// Misuse of mutexes, results, the console, the C++ library and spin locks.
#include "tests/qemu/apps/endings/endings.hpp"

#include <pegplan/spin_lock.hpp>

#include <array>
#include <bitset>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace endings {

struct PrintsItself {};

}  // namespace endings

template <>
struct pegplan::Formatter<endings::PrintsItself> {
    static void format(FormatSink&, const endings::PrintsItself&, const FormatSpec&) { print("inner\n"); }
};

namespace endings {

int relock()
{
    Mutex<> mutex;
    mutex.lock();
    mutex.lock();
    return 1;
}

int relock_with_limit()
{
    Mutex<> mutex;
    mutex.lock();
    return mutex.try_lock_for(1s) ? 1 : 2;
}

int unlock_free()
{
    Mutex<> mutex;
    mutex.unlock();
    return 1;
}

int unlock_by_another()
{
    Mutex<> mutex;
    mutex.lock();
    // A frame of its own, for the stack trace to show.
    auto thief = ThreadBuilder{}.name("thief").priority(above).spawn([&mutex]() __attribute__((noinline)) {
        mutex.unlock();
        asm volatile("");
    });
    return 1;
}

int destroyed_while_locked()
{
    Mutex<> mutex;
    mutex.lock();
    return 1;
}

int value_of_an_error()
{
    const Result<int> result = Error::timed_out;
    return result.value();
}

int error_of_a_value()
{
    const Result<int> result = 1;
    return static_cast<int>(result.error());
}

int value_of_a_failure()
{
    const Result<void> result = Error::would_deadlock;
    result.value();
    return 1;
}

int error_of_a_success()
{
    const Result<void> result;
    return static_cast<int>(result.error());
}

int print_in_a_formatter()
{
    print("outer {}\n", PrintsItself{});
    return 1;
}

struct Abstract {
    Abstract() { call(); }
    virtual int method() const = 0;
    [[gnu::noinline]] void call() { opaque(this)->method(); }
};

struct Concrete : Abstract {
    int method() const override { return 1; }
};

int pure_virtual()
{
    const Concrete object;
    return object.method();
}

std::array<std::uint32_t, 4> no_block{};

int operator_delete()
{
    delete opaque(reinterpret_cast<int*>(no_block.data()));
    return 1;
}

int empty_optional()
{
    return opaque(std::optional<int>{}.has_value()) ? 1 : std::optional<int>{}.value();
}

int empty_function()
{
    std::function<int()> function;
    return function();
}

int out_of_range()
{
    const std::string_view text = "four";
    return static_cast<int>(text.substr(opaque(std::size_t{5})).size());
}

int out_of_range_of_a_map()
{
    const std::map<int, int> map;
    return map.at(opaque(4));
}

int invalid_argument()
{
    const std::bitset<8> bits{opaque("0120")};
    return bits.none() ? 1 : 2;
}

int logic_error()
{
    const std::bitset<8> bits{opaque(static_cast<const char*>(nullptr))};
    return bits.none() ? 1 : 2;
}

/// One place for one object at a time.
template <class T>
struct OnePlace {
    using value_type = T;
    T* allocate(std::size_t) { return &place; }
    void deallocate(T*, std::size_t) {}
    bool operator==(const OnePlace&) const = default;
    static inline T place{};
};

int length_error()
{
    std::vector<int, OnePlace<int>> vector;
    vector.reserve(opaque(~std::size_t{0}));
    return 1;
}

int unique_lock_twice()
{
    Mutex<> mutex;
    std::unique_lock<Mutex<>> lock{mutex};
    lock.lock();
    return 1;
}

int spin_relock()
{
    SpinLock lock;
    lock.lock();
    lock.lock();
    return 1;
}

int spin_unlock_free()
{
    SpinLock lock;
    lock.unlock();
    return 1;
}

/// The holder sleeps; this thread takes another lock meanwhile.
int spin_holder_blocks()
{
    static SpinLock lock;
    static SpinLock other;
    auto sleeper = ThreadBuilder{}.name("sleeper").priority(above).spawn([] {
        lock.lock();
        this_thread::sleep_for(1s);
    });
    other.lock();
    return 1;
}

}  // namespace endings
