// Message queues: bounded, in the order of sending, handed directly to whoever waits.
//
//     MessageQueue<Sample, 8> samples;
//     samples.send(sample);                             // a thread; waits while the queue is full
//     if (!samples.try_send(sample)) { ++lost; }        // or an interrupt handler; never waits
//     const Sample next = samples.receive();
//
//     Mailbox<Request> requests;                        // no place at all: sender and receiver meet
//
//     RawMessageQueue<12, 8> packets;                   // eight messages of 12 bytes that are not objects
//
// On one CPU a small message for which nobody waits is moved in place; all else is done by the kernel.
// Interrupts are masked while a message is moved: large ones are better sent as pointers, or handles of a pool.
#pragma once

#include <pegplan/board/arch.hpp>
#include <pegplan/config/smp.hpp>
#include <pegplan/config/sync.hpp>
#include <pegplan/deadline.hpp>
#include <pegplan/message_queue_core.hpp>
#include <pegplan/result.hpp>
#include <pegplan/wait_any.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace pegplan {

/// A queue of at most N messages. T must be movable without throwing. Receivers get messages in order of priority, equals in order
/// of arrival; waiting senders likewise get the slots. Waiting: from threads. The `try_` forms and everything else: also from
/// ISRs. Destruction while threads wait panics; messages that are left are destroyed.
template <class T, std::size_t N = static_cast<std::size_t>(config::queue_capacity)>
class MessageQueue {
    static_assert(std::is_nothrow_move_constructible_v<T>);

public:
    constexpr MessageQueue() noexcept : core_{kernel::message_type<T>, slots_.data(), sizeof(T), sizeof(T), N} {}

    /// Appends a message, waiting while the queue is full.
    void send(T message) noexcept
    {
        if constexpr (is_direct) {
            if (!put_at_once(message)) [[unlikely]] {
                T kept(message);  // the message itself stays in registers
                static_cast<void>(core_.send(&kept, false, kernel::Deadline::never()));
            }
        } else {
            static_cast<void>(core_.send(&message, false, kernel::Deadline::never()));
        }
    }
    /// Appends one if there is room, or somebody waits for it. The message is moved from only if it is sent.
    [[nodiscard]] bool try_send(T&& message) noexcept
    {
        if constexpr (is_direct) {
            if (put_at_once(message)) [[likely]] {
                return true;
            }
        }
        return core_.send(&message, false, kernel::Deadline::immediately());
    }
    [[nodiscard]] bool try_send(const T& message) noexcept
        requires(std::is_copy_constructible_v<T>)
    {
        T copy(message);
        return try_send(std::move(copy));
    }
    /// Waits for at most `limit`, or until `time`; returns whether it has been sent.
    template <class Rep, class Period>
    [[nodiscard]] bool send_for(T message, std::chrono::duration<Rep, Period> limit) noexcept
    {
        return core_.send(&message, false, kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] bool send_until(T message, std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return core_.send(&message, false, kernel::Deadline::at(time));
    }

    /// The same for a message that is received before all others.
    void send_front(T message) noexcept { static_cast<void>(core_.send(&message, true, kernel::Deadline::never())); }
    [[nodiscard]] bool try_send_front(T message) noexcept { return core_.send(&message, true, kernel::Deadline::immediately()); }
    template <class Rep, class Period>
    [[nodiscard]] bool send_front_for(T message, std::chrono::duration<Rep, Period> limit) noexcept
    {
        return core_.send(&message, true, kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] bool send_front_until(T message, std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return core_.send(&message, true, kernel::Deadline::at(time));
    }

    /// Takes the next message, waiting until there is one.
    [[nodiscard]] T receive() noexcept
    {
        if constexpr (is_direct) {
            if (Slot taken; take_at_once(taken)) [[likely]] {
                return taken.take();
            }
        }
        Slot slot;
        static_cast<void>(core_.receive(&slot.message, kernel::Deadline::never()));
        return slot.take();
    }
    /// Takes it if there is one.
    [[nodiscard]] std::optional<T> try_receive() noexcept
    {
        if constexpr (is_direct) {
            if (Slot taken; take_at_once(taken)) [[likely]] {
                return taken.take();
            }
        }
        Slot slot;
        return core_.receive(&slot.message, kernel::Deadline::immediately()) ? std::optional<T>{slot.take()} : std::nullopt;
    }
    /// Waits for at most `limit`, or until `time`. Error: timed_out.
    template <class Rep, class Period>
    [[nodiscard]] Result<T> receive_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return receive_by(kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] Result<T> receive_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return receive_by(kernel::Deadline::at(time));
    }

    /// A copy of the message that would be received next.
    [[nodiscard]] std::optional<T> peek() noexcept
        requires(std::is_copy_constructible_v<T>)
    {
        std::optional<T> copy;
        core_.peek([](void* to, const void* from,
                      std::size_t) noexcept { static_cast<std::optional<T>*>(to)->emplace(*static_cast<const T*>(from)); },
                   &copy);
        return copy;
    }

    /// Takes out and destroys all messages that are there; those of waiting senders move up.
    void clear() noexcept
    {
        for (std::size_t left = size(); left > 0 && try_receive(); --left) {
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return core_.count(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] bool full() const noexcept { return size() == N; }
    static constexpr std::size_t capacity() noexcept { return N; }

    /// For the functions of namespace `when`.
    [[nodiscard]] kernel::MessageQueueCore& core() noexcept { return core_; }

private:
    union Slot {
        Slot() noexcept {}
        ~Slot() {}
        T take() noexcept
        {
            T taken(std::move(message));
            std::destroy_at(&message);
            return taken;
        }
        T message;
    };

    /// Whether messages are moved in place, by a copy of a few words, rather than by the kernel, which does not know their type.
    static constexpr std::size_t largest_direct = 32;
    static constexpr bool is_direct = !config::smp && N > 0 && sizeof(T) <= largest_direct && std::is_trivially_copyable_v<T> &&
                                      std::is_copy_constructible_v<T>;

    [[nodiscard]] void* slot_at(std::uint32_t index) noexcept { return slots_.data() + std::size_t{index} * sizeof(T); }

    [[gnu::always_inline]] bool put_at_once(const T& message) noexcept
    {
        const arch::IrqState state = arch::Port::irq_save();
        const bool fits = core_.takes_at_once(N);
        if (fits) [[likely]] {
            ::new (slot_at(core_.append(N))) T(message);
        }
        arch::Port::irq_restore(state);
        return fits;
    }

    [[gnu::always_inline]] bool take_at_once(Slot& to) noexcept
    {
        const arch::IrqState state = arch::Port::irq_save();
        const bool found = core_.gives_at_once();
        if (found) [[likely]] {
            ::new (static_cast<void*>(&to.message)) T(*static_cast<const T*>(slot_at(core_.remove(N))));
        }
        arch::Port::irq_restore(state);
        return found;
    }

    Result<T> receive_by(kernel::Deadline deadline) noexcept
    {
        Slot slot;
        return core_.receive(&slot.message, deadline) ? Result<T>{slot.take()} : Error::timed_out;
    }

    alignas(T) std::array<std::byte, N * sizeof(T)> slots_{};
    kernel::MessageQueueCore core_;
};

/// A queue without places: to send is to wait until somebody receives, and the other way round.
template <class T>
using Mailbox = MessageQueue<T, 0>;

namespace kernel {

/// `size` bytes at the place of a message. Made of anything that is contiguous bytes: of another size that is known to the compiler it
/// does not compile, of one that is known when it runs it panics.
template <class Byte, std::size_t size>
class ExactBytes {
public:
    template <class Bytes>
        requires(!std::same_as<std::remove_cvref_t<Bytes>, ExactBytes> &&
                 std::convertible_to<decltype(std::span{std::declval<Bytes&>()}), std::span<Byte>>)
    constexpr ExactBytes(Bytes&& bytes) noexcept : data_{std::span{bytes}.data()}
    {
        constexpr std::size_t known = decltype(std::span{bytes})::extent;
        static_assert(known == std::dynamic_extent || known == size, "a message of another size than the queue's");
        if constexpr (known == std::dynamic_extent) {
            const std::size_t given = std::span{bytes}.size();
            invariant(given == size, "a message of {} bytes for a queue of messages of {}", given, size);
        }
    }

    [[nodiscard]] constexpr Byte* data() const noexcept { return data_; }

private:
    Byte* data_;
};

}  // namespace kernel

/// A queue of at most N messages of `message_size` bytes each, which are copied. Otherwise like MessageQueue; a span of another size panics.
template <std::size_t message_size, std::size_t N = static_cast<std::size_t>(config::queue_capacity)>
class RawMessageQueue {
    static_assert(message_size > 0);

public:
    using In = kernel::ExactBytes<const std::byte, message_size>;
    using Out = kernel::ExactBytes<std::byte, message_size>;

    constexpr RawMessageQueue() noexcept : core_{kernel::raw_message_type, slots_.data(), message_size, message_size, N} {}

    void send(In message) noexcept { static_cast<void>(send_by(message, false, kernel::Deadline::never())); }
    [[nodiscard]] bool try_send(In message) noexcept { return send_by(message, false, kernel::Deadline::immediately()); }
    template <class Rep, class Period>
    [[nodiscard]] bool send_for(In message, std::chrono::duration<Rep, Period> limit) noexcept
    {
        return send_by(message, false, kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] bool send_until(In message, std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return send_by(message, false, kernel::Deadline::at(time));
    }
    void send_front(In message) noexcept { static_cast<void>(send_by(message, true, kernel::Deadline::never())); }
    [[nodiscard]] bool try_send_front(In message) noexcept { return send_by(message, true, kernel::Deadline::immediately()); }
    template <class Rep, class Period>
    [[nodiscard]] bool send_front_for(In message, std::chrono::duration<Rep, Period> limit) noexcept
    {
        return send_by(message, true, kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] bool send_front_until(In message, std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return send_by(message, true, kernel::Deadline::at(time));
    }

    void receive(Out message) noexcept { static_cast<void>(core_.receive(message.data(), kernel::Deadline::never())); }
    [[nodiscard]] bool try_receive(Out message) noexcept { return core_.receive(message.data(), kernel::Deadline::immediately()); }
    template <class Rep, class Period>
    [[nodiscard]] bool receive_for(Out message, std::chrono::duration<Rep, Period> limit) noexcept
    {
        return core_.receive(message.data(), kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] bool receive_until(Out message, std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return core_.receive(message.data(), kernel::Deadline::at(time));
    }

    /// Copies the message that would be received next; returns whether there is one.
    [[nodiscard]] bool peek(Out message) noexcept
    {
        return core_.peek([](void* to, const void* from, std::size_t size) noexcept { std::memcpy(to, from, size); },
                          message.data());
    }

    [[nodiscard]] std::size_t size() const noexcept { return core_.count(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] bool full() const noexcept { return size() == N; }
    static constexpr std::size_t capacity() noexcept { return N; }

    /// For the functions of namespace `when`.
    [[nodiscard]] kernel::MessageQueueCore& core() noexcept { return core_; }

private:
    bool send_by(In message, bool in_front, kernel::Deadline deadline) noexcept
    {
        return core_.send(const_cast<std::byte*>(message.data()), in_front, deadline);
    }

    std::array<std::byte, N * message_size> slots_{};
    kernel::MessageQueueCore core_;
};

namespace when {

/// For wait_any: a message has been received and assigned to `message`.
template <class T, std::size_t N>
[[nodiscard]] kernel::Reception received(MessageQueue<T, N>& queue, T& message) noexcept
{
    return {queue.core(), &message, kernel::message_type<T>.assign};
}

/// For wait_any: `message` has been sent, and moved from.
template <class T, std::size_t N>
[[nodiscard]] kernel::Dispatch sent(MessageQueue<T, N>& queue, T& message) noexcept
{
    return {queue.core(), &message, false};
}

}  // namespace when

}  // namespace pegplan
