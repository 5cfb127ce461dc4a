// A fixed number of records that one thread takes and anybody gives back: the owner's own ways cost no atomic operation.
//
// What the owner gives back goes onto a list of its own; what others give back, onto one that the owner takes over as a whole when
// its own is empty (MpscList, whose only consumer the owner is). A record that has never been out is known by a count, so that all
// zeros is a full pool and nobody has to link the records in the beginning.
//
// Invariant: each record is out, below or above `fresh_`, in `own_`, or in `returned_`; only the owner takes out.
#pragma once

#include <pegplan/lockfree/mpsc_list.hpp>

#include <array>
#include <cstddef>

namespace pegplan::kernel {

/// `Slot` derives from MpscLink<Slot>, and has a member `Slot* next_free`.
template <class Slot, std::size_t count>
class SlotPool {
public:
    constexpr SlotPool() noexcept = default;
    SlotPool(const SlotPool&) = delete;
    SlotPool& operator=(const SlotPool&) = delete;

    /// A record, or null when all are out. By the owner. Constant time, but for those that others have given back: each is turned round
    /// once.
    [[nodiscard]] Slot* take() noexcept
    {
        if (Slot* const slot = own_) {
            own_ = slot->next_free;
            return slot;
        }
        if (fresh_ < count) {
            return &slots_[fresh_++];
        }
        return returned_.pop();
    }

    /// By the owner.
    void give_own(Slot& slot) noexcept
    {
        slot.next_free = own_;
        own_ = &slot;
    }

    /// By anybody else. Lock-free.
    void give(Slot& slot) noexcept { returned_.push(slot); }

private:
    Slot* own_ = nullptr;
    std::size_t fresh_ = 0;
    MpscList<Slot> returned_;
    std::array<Slot, count> slots_;
};

}  // namespace pegplan::kernel
