// The values of atomic objects, without their types: up to two machine words.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

namespace pegplan::model {

struct Value {
    std::uint64_t words[2] = {0, 0};

    bool operator==(const Value&) const noexcept = default;
};

/// How to print a value.
enum class Format : std::uint8_t { unsigned_number, signed_number, boolean, pointer, bytes };

/// The bytes of `value`. As with std::atomic, compare-exchange compares all of them, padding included.
template <class T>
Value to_value(const T& value) noexcept
{
    static_assert(std::is_trivially_copyable_v<T>, "an atomic object has a trivially copyable type");
    static_assert(sizeof(T) <= sizeof(Value), "the checker's atomic objects have up to two machine words");
    Value result;
    std::memcpy(result.words, &value, sizeof value);
    return result;
}

template <class T>
T from_value(const Value& value) noexcept
{
    T result;
    std::memcpy(&result, value.words, sizeof result);
    return result;
}

template <class T>
constexpr Format format_of() noexcept
{
    if constexpr (std::is_same_v<T, bool>) {
        return Format::boolean;
    } else if constexpr (std::is_pointer_v<T>) {
        return Format::pointer;
    } else if constexpr (std::is_enum_v<T> || (std::is_integral_v<T> && std::is_unsigned_v<T>)) {
        return Format::unsigned_number;
    } else if constexpr (std::is_integral_v<T>) {
        return Format::signed_number;
    } else {
        return Format::bytes;
    }
}

}  // namespace pegplan::model
