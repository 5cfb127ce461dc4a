// What all message queues have in common, whatever their messages are.
#pragma once

#include <pegplan/deadline.hpp>
#include <pegplan/wait_any.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace pegplan {

namespace kernel {

class MessageQueueCore;

/// How messages of one type are moved. `size` is that of a message, for types that do not know it.
struct MessageType {
    using Move = void (*)(void* to, void* from, std::size_t size) noexcept;

    Move construct;                            ///< at a place that holds none
    Move assign;                               ///< at a place that holds one
    void (*destroy)(void* message) noexcept;  ///< null if there is nothing to do
};

/// A thread that waits to receive.
struct Reception : WaitCase {
    Reception(MessageQueueCore& queue, void* place, MessageType::Move deliver) noexcept;

    MessageQueueCore* queue;
    void* place;                ///< where the message goes
    MessageType::Move deliver;  ///< how
};

/// A thread that waits to send.
struct Dispatch : WaitCase {
    Dispatch(MessageQueueCore& queue, void* message, bool in_front) noexcept;

    MessageQueueCore* queue;
    void* message;
    bool in_front;
};

/// The queue without the type of its messages.
class MessageQueueCore {
public:
    constexpr MessageQueueCore(const MessageType& type, std::byte* slots, std::size_t size, std::size_t stride,
                               std::size_t capacity) noexcept
        : type_{&type}, slots_{slots}, size_{static_cast<std::uint32_t>(size)}, stride_{static_cast<std::uint32_t>(stride)},
          capacity_{static_cast<std::uint32_t>(capacity)}
    {
    }
    ~MessageQueueCore();
    MessageQueueCore(const MessageQueueCore&) = delete;
    MessageQueueCore& operator=(const MessageQueueCore&) = delete;

    bool send(void* message, bool in_front, Deadline deadline) noexcept;
    bool receive(void* place, Deadline deadline) noexcept;

    /// Calls `look(context, message)` with the message that would be received next, if there is one.
    bool peek(void (*look)(void* context, const void* message, std::size_t size) noexcept, void* context) noexcept;

    [[nodiscard]] std::size_t count() const noexcept { return count_; }

    // ---- the usual case, in place: for messages that are copied like bytes, where masking is all the lock there is. Masked.

    /// Whether a message can just be put into a slot: there is one, and nobody waits for it.
    [[nodiscard]] bool takes_at_once(std::uint32_t capacity) const noexcept { return receivers_.empty() && count_ < capacity; }
    /// Whether one can just be taken out: there is one, and nobody waits for its slot.
    [[nodiscard]] bool gives_at_once() const noexcept { return senders_.empty() && count_ > 0; }
    /// The slot of the next message to be sent, which counts as sent.
    std::uint32_t append(std::uint32_t capacity) noexcept
    {
        const std::uint32_t index = first_ + count_;
        ++count_;
        return index < capacity ? index : index - capacity;
    }
    /// That of the next to be received, which counts as received.
    std::uint32_t remove(std::uint32_t capacity) noexcept
    {
        const std::uint32_t index = first_;
        first_ = index + 1 < capacity ? index + 1 : 0;
        --count_;
        return index;
    }

private:
    friend struct Reception;
    friend struct Dispatch;

    [[nodiscard]] void* slot(std::uint32_t index) const noexcept { return slots_ + std::size_t{index} * stride_; }
    [[nodiscard]] std::uint32_t wrapped(std::uint32_t index) const noexcept { return index < capacity_ ? index : index - capacity_; }
    bool dispatch(void* message, bool in_front) noexcept;
    bool receive_into(void* place, MessageType::Move deliver) noexcept;
    void put(void* message, bool in_front) noexcept;

    const MessageType* type_;
    std::byte* slots_;
    std::uint32_t size_;
    std::uint32_t stride_;
    std::uint32_t capacity_;
    std::uint32_t first_ = 0;  ///< slot of the next message
    std::uint32_t count_ = 0;
    WaitQueue receivers_{};
    WaitQueue senders_{};
    [[no_unique_address]] WaitLock lock_{};
};

template <class T>
inline constexpr MessageType message_type{
    .construct = [](void* to, void* from, std::size_t) noexcept { ::new (to) T(std::move(*static_cast<T*>(from))); },
    .assign =
        [](void* to, void* from, std::size_t) noexcept {
            std::destroy_at(static_cast<T*>(to));
            ::new (to) T(std::move(*static_cast<T*>(from)));
        },
    .destroy = std::is_trivially_destructible_v<T>
                   ? nullptr
                   : +[](void* message) noexcept { std::destroy_at(static_cast<T*>(message)); },
};

inline constexpr MessageType raw_message_type{
    .construct = [](void* to, void* from, std::size_t size) noexcept { std::memcpy(to, from, size); },
    .assign = [](void* to, void* from, std::size_t size) noexcept { std::memcpy(to, from, size); },
    .destroy = nullptr,
};

}  // namespace kernel

}  // namespace pegplan
