// Atomic operations on objects of one and two bytes, which the compiler calls: the hart has them for words and double
// words alone. Each is done on the aligned word around the object, whose other bytes stay as they are. The library that
// brings them elsewhere stands on an operating system.
//
// All are sequentially consistent, whatever order is asked for. The names are the compiler's own: declared in C++ they
// would be its built-in functions, hence the labels.
#include <climits>
#include <cstddef>
#include <cstdint>

namespace {

// May stand for objects of any type.
using Word [[gnu::may_alias]] = std::uint32_t;

/// One small object in the word around it.
template <class T>
class Place {
public:
    explicit Place(volatile void* object) noexcept
        : word_{reinterpret_cast<volatile Word*>(reinterpret_cast<std::uintptr_t>(object) & ~(sizeof(Word) - 1))},
          shift_{static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(object) % sizeof(Word)) * CHAR_BIT},
          seen_{__atomic_load_n(word_, __ATOMIC_SEQ_CST)}
    {
    }

    /// The object's value when the word was last looked at.
    [[nodiscard]] T value() const noexcept { return static_cast<T>(seen_ >> shift_); }

    /// Writes the object if nothing in its word has changed since; else looks again.
    bool try_store(T value) noexcept
    {
        constexpr Word all = static_cast<T>(-1);
        const Word wanted = (seen_ & ~(all << shift_)) | static_cast<Word>(value) << shift_;
        return __atomic_compare_exchange_n(word_, &seen_, wanted, true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }

private:
    volatile Word* word_;
    unsigned shift_;
    Word seen_;
};

/// Replaces the object by `operation` of its value, which it returns.
template <class T, class Operation>
T update(volatile void* object, Operation operation) noexcept
{
    Place<T> place{object};
    T before;
    do {
        before = place.value();
    } while (!place.try_store(static_cast<T>(operation(before))));
    return before;
}

template <class T>
bool compare_exchange(volatile void* object, T* expected, T desired) noexcept
{
    Place<T> place{object};
    do {
        if (place.value() != *expected) {
            *expected = place.value();
            return false;
        }
    } while (!place.try_store(desired));
    return true;
}

template <class T>
T exchange(volatile void* object, T desired) noexcept
{
    return update<T>(object, [desired](T) { return desired; });
}

template <class T>
T fetch_add(volatile void* object, T operand) noexcept
{
    return update<T>(object, [operand](T value) { return value + operand; });
}

template <class T>
T fetch_sub(volatile void* object, T operand) noexcept
{
    return update<T>(object, [operand](T value) { return value - operand; });
}

template <class T>
T fetch_and(volatile void* object, T operand) noexcept
{
    return update<T>(object, [operand](T value) { return value & operand; });
}

template <class T>
T fetch_or(volatile void* object, T operand) noexcept
{
    return update<T>(object, [operand](T value) { return value | operand; });
}

template <class T>
T fetch_xor(volatile void* object, T operand) noexcept
{
    return update<T>(object, [operand](T value) { return value ^ operand; });
}

using Byte = std::uint8_t;
using Half = std::uint16_t;

}  // namespace

extern "C" {
bool pegplan_compare_exchange_1(volatile void* object, Byte* expected, Byte desired, int, int) noexcept
    asm("__atomic_compare_exchange_1");
Byte pegplan_exchange_1(volatile void* object, Byte operand, int) noexcept asm("__atomic_exchange_1");
Byte pegplan_fetch_add_1(volatile void* object, Byte operand, int) noexcept asm("__atomic_fetch_add_1");
Byte pegplan_fetch_sub_1(volatile void* object, Byte operand, int) noexcept asm("__atomic_fetch_sub_1");
Byte pegplan_fetch_and_1(volatile void* object, Byte operand, int) noexcept asm("__atomic_fetch_and_1");
Byte pegplan_fetch_or_1(volatile void* object, Byte operand, int) noexcept asm("__atomic_fetch_or_1");
Byte pegplan_fetch_xor_1(volatile void* object, Byte operand, int) noexcept asm("__atomic_fetch_xor_1");
bool pegplan_compare_exchange_2(volatile void* object, Half* expected, Half desired, int, int) noexcept
    asm("__atomic_compare_exchange_2");
Half pegplan_exchange_2(volatile void* object, Half operand, int) noexcept asm("__atomic_exchange_2");
Half pegplan_fetch_add_2(volatile void* object, Half operand, int) noexcept asm("__atomic_fetch_add_2");
Half pegplan_fetch_sub_2(volatile void* object, Half operand, int) noexcept asm("__atomic_fetch_sub_2");
Half pegplan_fetch_and_2(volatile void* object, Half operand, int) noexcept asm("__atomic_fetch_and_2");
Half pegplan_fetch_or_2(volatile void* object, Half operand, int) noexcept asm("__atomic_fetch_or_2");
Half pegplan_fetch_xor_2(volatile void* object, Half operand, int) noexcept asm("__atomic_fetch_xor_2");
}  // extern "C"

bool pegplan_compare_exchange_1(volatile void* object, Byte* expected, Byte desired, int, int) noexcept
{
    return compare_exchange(object, expected, desired);
}

Byte pegplan_exchange_1(volatile void* object, Byte operand, int) noexcept
{
    return exchange(object, operand);
}

Byte pegplan_fetch_add_1(volatile void* object, Byte operand, int) noexcept
{
    return fetch_add(object, operand);
}

Byte pegplan_fetch_sub_1(volatile void* object, Byte operand, int) noexcept
{
    return fetch_sub(object, operand);
}

Byte pegplan_fetch_and_1(volatile void* object, Byte operand, int) noexcept
{
    return fetch_and(object, operand);
}

Byte pegplan_fetch_or_1(volatile void* object, Byte operand, int) noexcept
{
    return fetch_or(object, operand);
}

Byte pegplan_fetch_xor_1(volatile void* object, Byte operand, int) noexcept
{
    return fetch_xor(object, operand);
}

bool pegplan_compare_exchange_2(volatile void* object, Half* expected, Half desired, int, int) noexcept
{
    return compare_exchange(object, expected, desired);
}

Half pegplan_exchange_2(volatile void* object, Half operand, int) noexcept
{
    return exchange(object, operand);
}

Half pegplan_fetch_add_2(volatile void* object, Half operand, int) noexcept
{
    return fetch_add(object, operand);
}

Half pegplan_fetch_sub_2(volatile void* object, Half operand, int) noexcept
{
    return fetch_sub(object, operand);
}

Half pegplan_fetch_and_2(volatile void* object, Half operand, int) noexcept
{
    return fetch_and(object, operand);
}

Half pegplan_fetch_or_2(volatile void* object, Half operand, int) noexcept
{
    return fetch_or(object, operand);
}

Half pegplan_fetch_xor_2(volatile void* object, Half operand, int) noexcept
{
    return fetch_xor(object, operand);
}
