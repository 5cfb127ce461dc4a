// The `Atomics` of the interleaving checker: the surface of <pegplan/lockfree/atomics.hpp>, on which every operation is a step
// that the checker schedules, and every value that a load may read a branch that it explores.
#pragma once

#include "checker/run.hpp"

#include <atomic>
#include <source_location>
#include <type_traits>

namespace pegplan::model {

using Where = std::source_location;

struct ModelAtomics {
    template <class T>
    class atomic;
    template <class T>
    class plain;

    static void fence(std::memory_order order, Where where = Where::current()) noexcept
    {
        Request request;
        request.operation = Operation::fence;
        request.order = order;
        request.where = where;
        Run::current().perform(request);
    }

    static void pause(Where where = Where::current()) noexcept { Run::current().pause(where); }

    template <class T, class Predicate>
    static T wait_until(const atomic<T>& object, std::memory_order order, Predicate predicate,
                        Where where = Where::current()) noexcept
    {
        Request request = object.request(Operation::wait_until, order, where);
        request.holds = [](const void* context, const Value& value) {
            return static_cast<bool>((*static_cast<const Predicate*>(context))(from_value<T>(value)));
        };
        request.context = &predicate;
        return from_value<T>(Run::current().perform(request).read);
    }
};

/// std::atomic<T>, as far as kernel code uses it. `where` is for the checker; callers leave it out.
template <class T>
class ModelAtomics::atomic {
public:
    using value_type = T;
    static constexpr bool is_always_lock_free = true;

    // Constexpr as those of std::atomic are, for constructors that are; never evaluated at compile time.
    constexpr atomic(Where where = Where::current()) noexcept : atomic{T{}, where} {}
    constexpr atomic(T value, Where where = Where::current()) noexcept
        : location_{std::is_constant_evaluated() ? LocationId{}
                                                 : Run::current().construct(this, format_of<T>(), to_value(value), where)}
    {}
    constexpr ~atomic()
    {
        if (!std::is_constant_evaluated()) {
            Run::current().destroy(location_, Where::current());
        }
    }
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;

    T load(std::memory_order order = std::memory_order_seq_cst, Where where = Where::current()) const noexcept
    {
        return from_value<T>(Run::current().perform(request(Operation::load, order, where)).read);
    }

    void store(T value, std::memory_order order = std::memory_order_seq_cst, Where where = Where::current()) noexcept
    {
        Request store = request(Operation::store, order, where);
        store.operand = to_value(value);
        Run::current().perform(store);
    }

    T exchange(T value, std::memory_order order = std::memory_order_seq_cst, Where where = Where::current()) noexcept
    {
        return modify(Operation::exchange, value, order, where, [](T, T operand) { return operand; });
    }

    T fetch_add(T value, std::memory_order order = std::memory_order_seq_cst, Where where = Where::current()) noexcept
    {
        return modify(Operation::fetch_add, value, order, where,
                      [](T old, T operand) { return wrap(old, operand, 1); });
    }

    T fetch_sub(T value, std::memory_order order = std::memory_order_seq_cst, Where where = Where::current()) noexcept
    {
        return modify(Operation::fetch_sub, value, order, where,
                      [](T old, T operand) { return wrap(old, operand, -1); });
    }

    T fetch_and(T value, std::memory_order order = std::memory_order_seq_cst, Where where = Where::current()) noexcept
    {
        return modify(Operation::fetch_and, value, order, where,
                      [](T old, T operand) { return static_cast<T>(old & operand); });
    }

    T fetch_or(T value, std::memory_order order = std::memory_order_seq_cst, Where where = Where::current()) noexcept
    {
        return modify(Operation::fetch_or, value, order, where,
                      [](T old, T operand) { return static_cast<T>(old | operand); });
    }

    T fetch_xor(T value, std::memory_order order = std::memory_order_seq_cst, Where where = Where::current()) noexcept
    {
        return modify(Operation::fetch_xor, value, order, where,
                      [](T old, T operand) { return static_cast<T>(old ^ operand); });
    }

    bool compare_exchange_strong(T& expected, T desired, std::memory_order success, std::memory_order failure,
                                 Where where = Where::current()) noexcept
    {
        return compare_exchange(Operation::compare_exchange_strong, expected, desired, success, failure, where);
    }

    bool compare_exchange_weak(T& expected, T desired, std::memory_order success, std::memory_order failure,
                               Where where = Where::current()) noexcept
    {
        return compare_exchange(Operation::compare_exchange_weak, expected, desired, success, failure, where);
    }

    bool compare_exchange_strong(T& expected, T desired, std::memory_order order = std::memory_order_seq_cst,
                                 Where where = Where::current()) noexcept
    {
        return compare_exchange_strong(expected, desired, order, failure_order(order), where);
    }

    bool compare_exchange_weak(T& expected, T desired, std::memory_order order = std::memory_order_seq_cst,
                               Where where = Where::current()) noexcept
    {
        return compare_exchange_weak(expected, desired, order, failure_order(order), where);
    }

private:
    friend struct ModelAtomics;

    [[nodiscard]] Request request(Operation operation, std::memory_order order, const Where& where) const noexcept
    {
        Request result;
        result.operation = operation;
        result.format = format_of<T>();
        result.order = order;
        result.location = location_;
        result.where = where;
        return result;
    }

    template <class Function>
    T modify(Operation operation, T operand, std::memory_order order, const Where& where, Function) noexcept
    {
        Request rmw = request(operation, order, where);
        rmw.operand = to_value(operand);
        rmw.modify = [](const Value& old, const Value& operand) {
            return to_value<T>(Function{}(from_value<T>(old), from_value<T>(operand)));
        };
        return from_value<T>(Run::current().perform(rmw).read);
    }

    bool compare_exchange(Operation operation, T& expected, T desired, std::memory_order success,
                          std::memory_order failure, const Where& where) noexcept
    {
        Request exchange = request(operation, success, where);
        exchange.failure_order = failure;
        exchange.expected = to_value(expected);
        exchange.operand = to_value(desired);
        exchange.modify = [](const Value&, const Value& operand) { return operand; };
        const Reply reply = Run::current().perform(exchange);
        if (!reply.stored) {
            expected = from_value<T>(reply.read);
        }
        return reply.stored;
    }

    static constexpr std::memory_order failure_order(std::memory_order order) noexcept
    {
        return order == std::memory_order_acq_rel   ? std::memory_order_acquire
               : order == std::memory_order_release ? std::memory_order_relaxed
                                                    : order;
    }

    /// `old` plus or minus `operand`, modulo the size of the type, as atomic arithmetic is also for signed types.
    static T wrap(T old, T operand, int sign) noexcept
    {
        using Unsigned = std::make_unsigned_t<T>;
        const auto left = static_cast<Unsigned>(old);
        const auto right = static_cast<Unsigned>(operand);
        return static_cast<T>(static_cast<Unsigned>(sign > 0 ? left + right : left - right));
    }

    LocationId location_;
};

/// A variable that is not atomic. Two accesses to it that conflict must be ordered by happens-before; the checker fails
/// executions in which they are not.
template <class T>
class ModelAtomics::plain {
public:
    using value_type = T;

    plain(Where where = Where::current()) noexcept : plain{T{}, where} {}
    plain(T value, Where where = Where::current()) noexcept : value_(static_cast<T&&>(value))
    {
        Run::current().plain_construct(state_, where);
    }
    plain(const plain&) = delete;
    plain& operator=(const plain&) = delete;

    [[nodiscard]] const T& read(Where where = Where::current()) const noexcept
    {
        Run::current().plain_read(state_, where, shown());
        return value_;
    }

    [[nodiscard]] T& write(Where where = Where::current()) noexcept
    {
        Run::current().plain_write(state_, where);
        return value_;
    }

private:
    [[nodiscard]] PlainValue shown() const noexcept
    {
        if constexpr (std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(Value)) {
            return {to_value(value_), format_of<T>(), true};
        } else {
            return {};
        }
    }

    T value_;
    mutable PlainState state_;
};

}  // namespace pegplan::model
