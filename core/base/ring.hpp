// An intrusive circular list with one pointer to its front: what run queues and wait queues are made of.
//
// A ring of threads that take turns is rotated by moving one pointer, which makes yielding two loads and a store.
// All operations are O(1) and allocate nothing. The ring is not synchronised: its owner's lock protects it.
#pragma once

#include "core/base/check.hpp"

namespace pegplan::kernel {

/// Base of what can stand in a ring, in one at a time. `ring_next` is null while it stands in none, and so must it be at the start
/// (objects of static storage are).
template <class T>
struct RingLink {
    T* ring_next;
    T* ring_previous;

    [[nodiscard]] bool in_ring() const noexcept { return ring_next != nullptr; }

    /// Of one that is in a ring: whether nobody else is.
    [[nodiscard]] bool is_alone() const noexcept { return ring_next == this; }
};

/// A ring of `T`, which derives from RingLink<T>.
template <class T>
class Ring {
public:
    [[nodiscard]] bool empty() const noexcept { return front_ == nullptr; }
    [[nodiscard]] T* front() const noexcept { return front_; }

    void push_back(T& item) noexcept
    {
        if (front_ == nullptr) {
            ensure(!item.in_ring(), "ring: push of an item that is in a ring already");
            item.ring_next = &item;
            item.ring_previous = &item;
            front_ = &item;
        } else {
            insert_before(*front_, item);
        }
    }

    void push_front(T& item) noexcept
    {
        push_back(item);
        rotate_to(item);
    }

    /// Inserts before `position`, which is in this ring. The front stays the front: before it means at the back.
    void insert_before(T& position, T& item) noexcept
    {
        ensure(!item.in_ring(), "ring: insertion of an item that is in a ring already");
        T& previous = *position.ring_previous;
        item.ring_next = &position;
        item.ring_previous = &previous;
        previous.ring_next = &item;
        position.ring_previous = &item;
    }

    /// Takes out an item that is in this ring. Returns whether the ring is empty now.
    bool remove(T& item) noexcept
    {
        ensure(item.in_ring(), "ring: removal of an item that is in no ring");
        T* const next = item.ring_next;
        T* const previous = item.ring_previous;
        item.ring_next = nullptr;
        if (next == &item) {
            front_ = nullptr;
            return true;
        }
        previous->ring_next = next;
        next->ring_previous = previous;
        if (front_ == &item) {
            front_ = next;
        }
        return false;
    }

    T* pop_front() noexcept
    {
        T* const item = front_;
        if (item != nullptr) {
            remove(*item);
        }
        return item;
    }

    /// The front becomes the back. Returns the new front. Not to be called when empty.
    T& rotate() noexcept
    {
        front_ = front_->ring_next;
        return *front_;
    }

    /// `item`, which is in this ring, becomes the front; the order stays.
    void rotate_to(T& item) noexcept { front_ = &item; }

private:
    T* front_ = nullptr;
};

}  // namespace pegplan::kernel
