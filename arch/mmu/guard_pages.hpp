// Guard pages below stacks (STACK_GUARDS), on tables that the CPU walks.
//
// The first STACK_GUARD_MIB MiB of each arena are mapped page by page from the start. So to raise and to lower a guard
// changes one entry between "page" and "nothing", and never splits a block: that would take the stack from under the code
// that does it, on CPUs that must see a block gone before they see its parts.
#pragma once

#include "arch/mmu/kernel_map.hpp"

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>

namespace pegplan::arch::mmu {

/// The builder of the kernel's map, kept for guard pages. `Store` writes entries of live tables. Trivial, so that it may lie in
/// memory that nobody zeroes.
template <PageTableFormat Format, class Store>
class GuardPages {
public:
    using Builder = PageTableBuilder<Format, Store>;

    /// Makes the builder; once, before all else.
    Builder& make(std::span<PageTable<Format>> pool) noexcept { return *::new (static_cast<void*>(place_)) Builder{pool}; }

    /// From now on each access to this page of the arena faults. False if it is not one of those that can.
    [[nodiscard]] bool raise(std::byte* page) noexcept
    {
        const auto address = reinterpret_cast<std::uintptr_t>(page);
        return is_guarded(address) && builder().unmap(address, page_size) == MapError::none;
    }

    /// The page can be used again. Its table is there, so this cannot fail.
    void lower(std::byte* page) noexcept
    {
        static_cast<void>(builder().map(reinterpret_cast<std::uintptr_t>(page), page_size, Permission::read_write));
    }

    /// Whether the address is where guards can be and, now, none is. From anywhere, also while another CPU changes guards.
    [[nodiscard]] bool is_usable(std::uintptr_t address) noexcept
    {
        return address >= guarded_begin() && address < guarded_end() && builder().lookup(address).has_value();
    }

private:
    Builder& builder() noexcept { return *std::launder(reinterpret_cast<Builder*>(place_)); }

    alignas(Builder) std::byte place_[sizeof(Builder)];
};

/// Nothing that has to be kept, where there are no guards.
template <PageTableFormat Format, class Store>
class NoGuardPages {
public:
    using Builder = PageTableBuilder<Format>;
    static Builder make(std::span<PageTable<Format>> pool) noexcept { return Builder{pool}; }
    [[nodiscard]] static bool raise(std::byte*) noexcept { return false; }
    static void lower(std::byte*) noexcept {}
    [[nodiscard]] static bool is_usable(std::uintptr_t) noexcept { return false; }
};

/// What an architecture has of either.
template <PageTableFormat Format, class Store>
using StackGuardPages = std::conditional_t<config::stack_guards, GuardPages<Format, Store>, NoGuardPages<Format, Store>>;

}  // namespace pegplan::arch::mmu
