// Loops whose rounds are done by several CPUs.
//
//     parallel_for(0, pixels.size(), 256, [&](std::size_t i) { pixels[i] = shade(i); });
//     parallel_for(0, rows, 8, [&](int first, int last) { blur(first, last); });        // a range at a time
//
//     const long sum = parallel_reduce(0, values.size(), 512, 0L, std::plus{}, [&](std::size_t i) { return values[i]; });
//
// A range is halved until at most `grain` rounds are left in a piece; each upper half is a task (<pegplan/task_group.hpp>), so that
// thieves get large pieces. A grain should be worth some thousand instructions: a task costs one or two hundred.
#pragma once

#include <pegplan/task_group.hpp>

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

namespace pegplan {

namespace kernel {

/// TaskGroup, in a way that compilers look at only where a template is used: an image without TASKS, in which no group can
/// be made, may include this header too.
template <class>
struct GroupOf {
    using Type = TaskGroup;
};

/// How many rounds there are from `first` to `last`, which is not below it.
template <std::integral Index>
constexpr auto rounds_between(Index first, Index last) noexcept
{
    using Unsigned = std::make_unsigned_t<Index>;
    return static_cast<Unsigned>(static_cast<Unsigned>(last) - static_cast<Unsigned>(first));
}

template <std::integral Index>
constexpr Index middle_of(Index first, Index last) noexcept
{
    using Unsigned = std::make_unsigned_t<Index>;
    return static_cast<Index>(static_cast<Unsigned>(first) + static_cast<Unsigned>(rounds_between(first, last) / 2));
}

template <std::integral Index>
constexpr bool fits_grain(Index first, Index last, Index grain) noexcept
{
    return first >= last || rounds_between(first, last) <= static_cast<std::make_unsigned_t<Index>>(grain);
}

/// A loop that is being done. All of its pieces are tasks of one group, so that nobody but the caller waits.
template <class Index, class Body>
struct ParallelLoop {
    TaskGroup& group;
    Body& body;
    Index grain;

    void operator()(Index first, Index last) const
    {
        while (!fits_grain(first, last, grain)) {
            const Index middle = middle_of(first, last);
            group.run([this, middle, last] { (*this)(middle, last); });
            last = middle;
        }
        do_rounds(first, last);
    }

    void do_rounds(Index first, Index last) const
    {
        if constexpr (std::invocable<Body&, Index, Index>) {
            if (first < last) {
                body(first, last);
            }
        } else {
            for (; first < last; ++first) {
                body(first);
            }
        }
    }
};

/// A sum that is being made: of any operation that is associative, in the order of the rounds.
template <class Index, class T, class Combine, class Transform>
struct ParallelSum {
    Index grain;
    const T& identity;
    Combine& combine;
    Transform& transform;

    T operator()(Index first, Index last) const
    {
        if (fits_grain(first, last, grain)) {
            T sum = identity;
            for (; first < last; ++first) {
                sum = combine(std::move(sum), transform(first));
            }
            return sum;
        }
        const Index middle = middle_of(first, last);
        std::optional<T> upper;
        typename GroupOf<Index>::Type group;
        group.run([this, &upper, middle, last] { upper.emplace((*this)(middle, last)); });
        T lower = (*this)(first, middle);
        group.wait();
        return combine(std::move(lower), std::move(*upper));
    }
};

/// Does `work` in a worker: at once if this is one, else as a task for which the thread waits.
template <class Work>
void do_in_worker(Work& work) noexcept
{
    if (tasks::on_worker()) {
        work();
        return;
    }
    typename GroupOf<Work>::Type group;
    group.run([&work] { work(); });
    group.wait();
}

}  // namespace kernel

/// Calls `body(i)` for each i from `begin` to `end` - 1, or `body(first, last)` for ranges that cover these, on all CPUs and in any order; returns when
/// all has been done. At most `grain` rounds, which is at least 1, are done one after the other; if that is all, by the caller.
/// `body` is called by several workers at once. From threads and tasks.
template <std::integral Index, class Body>
    requires(std::invocable<Body&, Index> || std::invocable<Body&, Index, Index>)
void parallel_for(std::type_identity_t<Index> begin, Index end, std::type_identity_t<Index> grain, Body&& body) noexcept
{
    kernel::invariant(grain >= 1, "parallel_for: a grain of {} rounds", grain);
    typename kernel::GroupOf<Body>::Type group;
    const kernel::ParallelLoop<Index, std::remove_reference_t<Body>> loop{group, body, grain};
    if (kernel::fits_grain(begin, end, grain)) {
        loop.do_rounds(begin, end);
    } else if (tasks::on_worker()) {
        loop(begin, end);
    } else {
        group.run([&loop, begin, end] { loop(begin, end); });
    }
}

/// `combine(… combine(combine(identity, transform(begin)), transform(begin + 1)) …, transform(end - 1))`, with the brackets elsewhere: combine(T, T) is
/// associative, and `identity` changes nothing. It need not be commutative. Otherwise as parallel_for.
template <std::integral Index, class T, class Combine, class Transform>
    requires std::invocable<Transform&, Index> && std::convertible_to<std::invoke_result_t<Transform&, Index>, T> &&
             std::convertible_to<std::invoke_result_t<Combine&, T, T>, T>
[[nodiscard]] T parallel_reduce(std::type_identity_t<Index> begin, Index end, std::type_identity_t<Index> grain, T identity,
                                Combine combine, Transform transform) noexcept
{
    kernel::invariant(grain >= 1, "parallel_reduce: a grain of {} rounds", grain);
    const kernel::ParallelSum<Index, T, Combine, Transform> sum{grain, identity, combine, transform};
    if (kernel::fits_grain(begin, end, grain)) {
        return sum(begin, end);
    }
    std::optional<T> result;
    auto work = [&] { result.emplace(sum(begin, end)); };
    kernel::do_in_worker(work);
    return std::move(*result);
}

}  // namespace pegplan
