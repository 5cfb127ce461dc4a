// Result<T>: a value or the Error that explains its absence. There are no exceptions in the kernel.
#pragma once

#include <pegplan/error.hpp>

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace pegplan {

namespace kernel {
// Ends the machine: `value()` of a Result that holds an error, or `error()` of one that holds a value.
[[noreturn]] void result_misused(const Error* error) noexcept;
}  // namespace kernel

/// A `T` or an `Error`. Reading the one that is not there is a bug of the caller and panics.
template <class T>
class Result {
    static_assert(!std::is_reference_v<T> && !std::is_same_v<std::remove_cv_t<T>, Error>);

public:
    using value_type = T;

    constexpr Result(Error error) noexcept : error_{error}, has_value_{false} {}

    template <class U = T>
        requires(std::is_constructible_v<T, U> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
                 !std::is_same_v<std::remove_cvref_t<U>, Error>)
    constexpr Result(U&& value) noexcept(std::is_nothrow_constructible_v<T, U>)
        : value_(std::forward<U>(value)), has_value_{true}
    {
    }

    constexpr Result(Result&& other) noexcept : has_value_{other.has_value_}
    {
        if (has_value_) {
            std::construct_at(std::addressof(value_), std::move(other.value_));
        } else {
            error_ = other.error_;
        }
    }

    constexpr Result(const Result& other)
        requires std::is_copy_constructible_v<T>
        : has_value_{other.has_value_}
    {
        if (has_value_) {
            std::construct_at(std::addressof(value_), other.value_);
        } else {
            error_ = other.error_;
        }
    }

    constexpr Result& operator=(Result other) noexcept
    {
        std::destroy_at(this);
        std::construct_at(this, std::move(other));
        return *this;
    }

    constexpr ~Result()
    {
        if (has_value_) {
            std::destroy_at(std::addressof(value_));
        }
    }

    [[nodiscard]] constexpr bool has_value() const noexcept { return has_value_; }
    constexpr explicit operator bool() const noexcept { return has_value_; }

    constexpr T& value() & noexcept
    {
        expect_value();
        return value_;
    }
    constexpr const T& value() const& noexcept
    {
        expect_value();
        return value_;
    }
    constexpr T&& value() && noexcept
    {
        expect_value();
        return std::move(value_);
    }

    constexpr T& operator*() & noexcept { return value(); }
    constexpr const T& operator*() const& noexcept { return value(); }
    constexpr T&& operator*() && noexcept { return std::move(*this).value(); }
    constexpr T* operator->() noexcept { return std::addressof(value()); }
    constexpr const T* operator->() const noexcept { return std::addressof(value()); }

    template <class U>
    constexpr T value_or(U&& otherwise) const&
    {
        return has_value_ ? value_ : static_cast<T>(std::forward<U>(otherwise));
    }
    template <class U>
    constexpr T value_or(U&& otherwise) &&
    {
        return has_value_ ? std::move(value_) : static_cast<T>(std::forward<U>(otherwise));
    }

    [[nodiscard]] constexpr Error error() const noexcept
    {
        if (has_value_) [[unlikely]] {
            kernel::result_misused(nullptr);
        }
        return error_;
    }

private:
    constexpr void expect_value() const noexcept
    {
        if (!has_value_) [[unlikely]] {
            kernel::result_misused(&error_);
        }
    }

    union {
        T value_;
        Error error_;
    };
    bool has_value_;
};

/// Success without a value, or an `Error`.
template <>
class Result<void> {
public:
    using value_type = void;

    constexpr Result() noexcept = default;
    constexpr Result(Error error) noexcept : failure_{static_cast<std::uint8_t>(static_cast<std::uint8_t>(error) + 1)} {}

    [[nodiscard]] constexpr bool has_value() const noexcept { return failure_ == 0; }
    constexpr explicit operator bool() const noexcept { return has_value(); }

    constexpr void value() const noexcept
    {
        if (!has_value()) [[unlikely]] {
            const Error error = as_error();
            kernel::result_misused(&error);
        }
    }
    constexpr void operator*() const noexcept { value(); }

    [[nodiscard]] constexpr Error error() const noexcept
    {
        if (has_value()) [[unlikely]] {
            kernel::result_misused(nullptr);
        }
        return as_error();
    }

private:
    [[nodiscard]] constexpr Error as_error() const noexcept { return static_cast<Error>(failure_ - 1); }

    std::uint8_t failure_ = 0;  ///< 0, or the error plus 1: one register, and no need to put it together
};

}  // namespace pegplan
