// Stand-in for core/thread/thread_control.hpp: what primitives know of a thread that waits.
#pragma once

#include "core/sync/wait_queue.hpp"
#include "model_atomics.hpp"

#include <pegplan/types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace pegplan::kernel {

enum class WakeReason : std::uint8_t { woken, timed_out, owner_died, broken };

class MutexCore;

inline constexpr std::size_t thread_alignment = 16;

struct alignas(thread_alignment) ThreadControl {
    std::uint8_t priority = 0;
    std::uint8_t base_priority = 0;
    WakeReason wake_reason{};
    ThreadId id{};
    Waiter* places = nullptr;
    MutexCore* wanted = nullptr;
    MutexCore* owned = nullptr;
    std::array<char, 2> name{"?"};
    bool blocked = false;
    bool timed = false;         ///< its wait has a deadline
    unsigned waits = 0;         ///< how often it has waited
    unsigned lock_depth = 0;    ///< of critical sections
    model::ModelAtomics::atomic<unsigned> go{0};  ///< the number of the wait that has been ended

    [[nodiscard]] bool finished() const noexcept { return false; }
};

}  // namespace pegplan::kernel
