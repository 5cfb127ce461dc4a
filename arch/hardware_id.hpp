// Which CPU of the hardware a CPU of the kernel is, where the board file alone says so.
#pragma once

#include <pegplan/board/cpus.hpp>

#include <cstdint>

namespace pegplan::arch {

/// The hardware's id (local APIC id, affinity of MPIDR, hart id) of the CPU at this place of the board file, from 0.
constexpr std::uint64_t hardware_id(unsigned place) noexcept
{
    constexpr unsigned size = board::cpu_cluster_size;
    return board::cpu_first_id + std::uint64_t{place / size} * board::cpu_cluster_stride + place % size;
}

/// The place in the board file of the CPU that the hardware calls so; the first one if it has none.
constexpr unsigned place_of(std::uint64_t id) noexcept
{
    for (unsigned place = 0; place < static_cast<unsigned>(board::cpu_count); ++place) {
        if (hardware_id(place) == id) {
            return place;
        }
    }
    return 0;
}

}  // namespace pegplan::arch
