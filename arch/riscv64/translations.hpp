// What harts remember of page tables that another hart has changed: guard pages (STACK_GUARDS) on several CPUs.
//
// A hart forgets translations by an instruction of its own. To have all of them forget at once takes an interrupt on each, and
// who asks for that waits for the slowest, for every stack that is made. But a guard page matters to a hart only
// when it runs the thread whose stack the page guards, and memory that has become usable again only when a thread
// gets it. So changes are counted, and a hart that switches to another thread, or makes a stack, first forgets everything if it
// is behind. Both happen under a lock that is taken after the change (the domain's, or that of the arenas): so a thread never runs on a hart that
// remembers a time before its guard page. What reaches freed memory otherwise, by a pointer into another thread's stack, may find
// that the page is missing; this is found out in the fault (faults.cpp).
//
// (Harts that remember pages as they were do not see the guard for accesses that are not the overflow of a stack, up to their next switch.)
#pragma once

#include "arch/riscv64/hart.hpp"

#include <pegplan/config/security.hpp>
#include <pegplan/config/smp.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <type_traits>

namespace pegplan::arch::riscv64 {

/// Where several harts use tables that change. All calls are made masked.
class SharedTranslations {
public:
    static constexpr bool may_be_stale = true;

    /// This hart has changed an entry, and has forgotten what it was.
    static void changed() noexcept
    {
        const std::uint32_t before = changes.fetch_add(1, std::memory_order_release);
        std::uint32_t& known = seen[this_cpu_number()].changes;
        if (known == before) {
            known = before + 1;
        }
    }

    /// This hart knows all changes that were made before.
    [[gnu::always_inline]] static void catch_up() noexcept
    {
        const std::uint32_t now = changes.load(std::memory_order_acquire);
        std::uint32_t& known = seen[this_cpu_number()].changes;
        if (known != now) [[unlikely]] {
            asm volatile("sfence.vma" ::: "memory");
            known = now;
        }
    }

private:
    /// Up to which change a hart has forgotten what was before. Its own.
    struct alignas(cache_line) Seen {
        std::uint32_t changes;
    };

    static constinit std::atomic<std::uint32_t> changes;
    static constinit std::array<Seen, config::cpus> seen;
};

/// Where there is one hart, or nothing that changes.
class OwnTranslations {
public:
    static constexpr bool may_be_stale = false;
    static void changed() noexcept {}
    static void catch_up() noexcept {}
};

using HartTranslations = std::conditional_t<config::smp && config::stack_guards, SharedTranslations, OwnTranslations>;

/// Whether the tables, as they are now, let an address be read and written at which guard pages can be. From anywhere.
[[nodiscard]] bool is_usable_page(std::uintptr_t address) noexcept;

}  // namespace pegplan::arch::riscv64
