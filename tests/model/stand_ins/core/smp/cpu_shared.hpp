// Stand-in for core/smp/cpu_shared.hpp: what CPUs, threads and places have where there are several CPUs, without placement.
#pragma once

#include "core/sync/wait_claim.hpp"
#include "model_atomics.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/config/smp.hpp>

#include <atomic>
#include <cstdint>

namespace pegplan::kernel {

struct ThreadControl;
struct PrimitiveLock;
struct Waiter;

struct ThreadChain {
    ThreadControl* first = nullptr;
    ThreadControl* last = nullptr;
};

struct SharedCpu {
    std::uint32_t index = 0;
    std::uint32_t held = 0;
    ThreadControl* ended = nullptr;
    ThreadChain woken;
    ThreadChain evicted;
    std::atomic<bool> has_finished{false};
};

struct SharedPlace {
    PrimitiveLock* lock = nullptr;
    std::uint8_t priority = 0;
};
using PlaceSharing = SharedPlace;

struct SharedWait {
    WaitClaim<model::ModelAtomics> claim;
    bool pinned = false;
    bool ended = false;
    Waiter* through = nullptr;
    ThreadControl* next = nullptr;
};

struct ThreadPlace {
    bool homeless = false;
};

}  // namespace pegplan::kernel
