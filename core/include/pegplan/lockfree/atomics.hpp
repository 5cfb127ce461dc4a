// What the lock-free structures are made of: atomic objects, plain objects that other threads can see, fences, and
// waiting. `Atomics` is a template parameter, so that the same source runs on the target (StdAtomics, no cost) and in
// the interleaving checker (ModelAtomics, tests/model), which explores every schedule and every value that the C++
// memory model lets a load return.
//
//     template <class Atomics = StdAtomics>
//     struct Mailbox {
//         typename Atomics::template atomic<int> word{0};
//         typename Atomics::template plain<Letter> letter;
//     };
//
// The surface that every `Atomics` has:
//
//   template <class T> class atomic
//       As std::atomic<T>: default and value constructor; load, store, exchange, compare_exchange_weak and _strong
//       (with one order or two), fetch_add, fetch_sub, fetch_and, fetch_or, fetch_xor. T is trivially copyable and
//       lock-free (4 or 8 bytes on all architectures; smaller ones are not lock-free on riscv64). No conversions and
//       no operators: every access names its order, and stands on a line of its own, by which the checker knows it.
//
//   template <class T> class plain
//       An object that is not atomic, but that several threads access, one after the other. `read()` gives a const T&,
//       `write()` a T&; each call declares one access at that moment, and the reference is used at once, not kept. The
//       checker reports accesses that nothing orders. Moving a value out is a write.
//
//   static void fence(std::memory_order order)
//       As std::atomic_thread_fence.
//
//   static void pause()
//       Tells the CPU, and the checker, that a loop goes round once more. In a loop that only reads and has no other
//       limit, the checker stops there and goes on when something changes; loops that write are cut by a limit (see
//       tests/model/README.md). A loop that gives up after n rounds takes n as a parameter, so that its model test can
//       say 0 or 1.
//
//   template <class T, class P> static T wait_until(const atomic<T>& object, std::memory_order order, P holds)
//       Loads with `order` until `holds(value)`, and returns that value. To be preferred over loops: the checker
//       explores only the loads that end the waiting. `holds` is pure.
//
// No wait, notify, double-word compare-exchange, or memory_order_consume.
#pragma once

#include <atomic>
#include <utility>

namespace pegplan {

namespace kernel {

/// A plain object, in the form that the surface asks for. Compiles to the object itself.
template <class T>
class PlainObject {
public:
    using value_type = T;

    constexpr PlainObject() noexcept = default;
    constexpr PlainObject(T value) noexcept : value_(std::move(value)) {}
    PlainObject(const PlainObject&) = delete;
    PlainObject& operator=(const PlainObject&) = delete;

    [[nodiscard]] constexpr const T& read() const noexcept { return value_; }
    [[nodiscard]] constexpr T& write() noexcept { return value_; }

private:
    T value_{};
};

}  // namespace kernel

/// For code that no CPU shares with another, and for hosts.
struct NoSpinHint {
    static void spin_hint() noexcept {}
};

/// The real thing. `Hint::spin_hint()` is the architecture's hint that a loop waits for another CPU; without it such
/// a loop may starve the CPU that it waits for, on hardware threads as in an emulator.
template <class Hint>
struct BasicAtomics {
    template <class T>
        requires std::atomic<T>::is_always_lock_free
    using atomic = std::atomic<T>;

    template <class T>
    using plain = kernel::PlainObject<T>;

    static void fence(std::memory_order order) noexcept { std::atomic_thread_fence(order); }

    static void pause() noexcept { Hint::spin_hint(); }

    template <class T, class Predicate>
    static T wait_until(const std::atomic<T>& object, std::memory_order order, Predicate holds) noexcept
    {
        for (;;) {
            const T value = object.load(order);
            if (holds(value)) {
                return value;
            }
            pause();
        }
    }
};

using StdAtomics = BasicAtomics<NoSpinHint>;

}  // namespace pegplan
