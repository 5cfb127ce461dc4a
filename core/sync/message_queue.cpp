// Message queues.
#include <pegplan/message_queue.hpp>

#include "core/sched/section.hpp"

namespace pegplan::kernel {

// Invariants, outside of critical sections: receivers wait only while there is no message and no sender waits; senders wait
// only while all slots are taken.

Reception::Reception(MessageQueueCore& from, void* to, MessageType::Move how) noexcept
    : WaitCase{from.receivers_, from.lock_,
               [](WaitCase& self) noexcept {
                   auto& reception = static_cast<Reception&>(self);
                   return reception.queue->receive_into(reception.place, reception.deliver);
               }},
      queue{&from}, place{to}, deliver{how}
{
}

Dispatch::Dispatch(MessageQueueCore& to, void* what, bool before_others) noexcept
    : WaitCase{to.senders_, to.lock_,
               [](WaitCase& self) noexcept {
                   auto& dispatch = static_cast<Dispatch&>(self);
                   return dispatch.queue->dispatch(dispatch.message, dispatch.in_front);
               }},
      queue{&to}, message{what}, in_front{before_others}
{
}

MessageQueueCore::~MessageQueueCore()
{
    invariant(receivers_.empty() && senders_.empty(), "a message queue was destroyed while threads waited for it");
    if (type_->destroy != nullptr) {
        for (std::uint32_t index = 0; index < count_; ++index) {
            type_->destroy(slot(wrapped(first_ + index)));
        }
    }
}

bool MessageQueueCore::send(void* message, bool in_front, Deadline deadline) noexcept
{
    Section section{lock_};
    if (dispatch(message, in_front)) {
        return true;
    }
    Dispatch place{*this, message, in_front};
    return section.wait_and_leave(place, deadline) == WakeReason::woken;
}

bool MessageQueueCore::receive(void* place, Deadline deadline) noexcept
{
    Section section{lock_};
    if (receive_into(place, type_->construct)) {
        return true;
    }
    Reception reception{*this, place, type_->construct};
    return section.wait_and_leave(reception, deadline) == WakeReason::woken;
}

bool MessageQueueCore::peek(void (*look)(void* context, const void* message, std::size_t size) noexcept,
                            void* context) noexcept
{
    const Section section{lock_};
    if (count_ == 0) {
        return false;
    }
    look(context, slot(first_), size_);
    return true;
}

/// Sends if that needs no wait. The lock is held.
bool MessageQueueCore::dispatch(void* message, bool in_front) noexcept
{
    if (auto* const reception = static_cast<Reception*>(claim_front(receivers_))) {
        reception->deliver(reception->place, message, size_);
        wake(this_cpu(), *reception->thread, reception, WakeReason::woken);
        return true;
    }
    if (count_ == capacity_) {
        return false;
    }
    put(message, in_front);
    return true;
}

/// Receives if that needs no wait. The lock is held.
bool MessageQueueCore::receive_into(void* place, MessageType::Move deliver) noexcept
{
    Dispatch* sender = nullptr;
    if (count_ > 0) {
        void* const message = slot(first_);
        deliver(place, message, size_);
        if (type_->destroy != nullptr) {
            type_->destroy(message);
        }
        first_ = wrapped(first_ + 1);
        --count_;
        sender = static_cast<Dispatch*>(claim_front(senders_));
        if (sender != nullptr) {
            put(sender->message, sender->in_front);
        }
    } else {
        sender = static_cast<Dispatch*>(claim_front(senders_));
        if (sender == nullptr) {
            return false;
        }
        deliver(place, sender->message, size_);  // there are no slots
    }
    if (sender != nullptr) {
        wake(this_cpu(), *sender->thread, sender, WakeReason::woken);
    }
    return true;
}

/// Moves a message into a free slot.
void MessageQueueCore::put(void* message, bool in_front) noexcept
{
    if (in_front) {
        first_ = (first_ == 0 ? capacity_ : first_) - 1;
    }
    type_->construct(slot(in_front ? first_ : wrapped(first_ + count_)), message, size_);
    ++count_;
}

}  // namespace pegplan::kernel
