// Stand-in for core/thread/thread_control.hpp: what primitives know of a thread that waits.
#pragma once

#include "core/base/ring.hpp"
#include "core/smp/cpu_shared.hpp"
#include "core/sync/wait_queue.hpp"
#include "model_atomics.hpp"

#include <pegplan/types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace pegplan::kernel {

enum Hold : std::uint8_t {
    hold_none = 0,
    hold_blocked = 1,
    hold_suspended = 2,
    hold_finished = 4,
};

enum class WakeReason : std::uint8_t { woken, timed_out, owner_died, broken, again };

class MutexCore;

inline constexpr std::size_t thread_alignment = 16;

struct alignas(thread_alignment) ThreadControl : RingLink<ThreadControl> {
    std::uint8_t priority = 0;
    std::uint8_t base_priority = 0;
    std::uint8_t holds = hold_none;
    WakeReason wake_reason{};
    bool detached = false;
    bool timed = false;  ///< its wait has a deadline
    ThreadId id{};
    Waiter* places = nullptr;
    MutexCore* wanted = nullptr;
    MutexCore* owned = nullptr;
    WaitQueue joiners{};
    WaitLock lock{};
    std::array<char, 2> name{"?"};
    SharedWait wait;
    ThreadPlace placement;
    unsigned waits = 0;                           ///< how often it has waited
    model::ModelAtomics::atomic<unsigned> go{0};  ///< the number of the wait after which it has been readied

    [[nodiscard]] bool finished() const noexcept { return false; }
    [[nodiscard]] bool is_linked() const noexcept { return false; }
};

}  // namespace pegplan::kernel
