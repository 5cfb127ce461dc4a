// How the x86_64 port writes page table entries: each permission comes back as it went in, and the bits say to the CPU
// what the permission means.
#include <doctest/doctest.h>

#include "arch/x86_64/page_format.hpp"

#include <cstdint>

using namespace pegplan::arch::mmu;
using pegplan::arch::x86_64::PageFormat;

namespace {

constexpr std::uint64_t writable = 1U << 1;
constexpr std::uint64_t user = 1U << 2;
constexpr std::uint64_t cache_disable = 1U << 4;
constexpr std::uint64_t block = 1U << 7;
constexpr std::uint64_t no_execute = std::uint64_t{1} << 63;

}  // namespace

TEST_CASE("x86_64 page format: leaves keep address and permission")
{
    for (const int level : {0, 1}) {
        for (const Permission permission :
             {Permission::read_execute, Permission::read_only, Permission::read_write, Permission::device}) {
            const std::uintptr_t address = 0x7f'ffe0'0000;
            const PageFormat::Entry entry = PageFormat::leaf(address, permission, level);
            CHECK(PageFormat::is_present(entry));
            CHECK(PageFormat::is_leaf(entry, level));
            CHECK(PageFormat::address(entry) == address);
            CHECK(PageFormat::permission(entry) == permission);
            CHECK(((entry & block) != 0) == (level > 0));
            CHECK((entry & user) == 0);
            CHECK(((entry & no_execute) == 0) == (permission == Permission::read_execute));
            const bool may_write = permission == Permission::read_write || permission == Permission::device;
            CHECK(((entry & writable) != 0) == may_write);
            CHECK(((entry & cache_disable) != 0) == (permission == Permission::device));
        }
    }
}

TEST_CASE("x86_64 page format: entries for tables are none for leaves")
{
    const PageFormat::Entry entry = PageFormat::table(0x123'4000);
    CHECK(PageFormat::is_present(entry));
    CHECK_FALSE(PageFormat::is_leaf(entry, 1));
    CHECK(PageFormat::address(entry) == 0x123'4000);
    CHECK((entry & no_execute) == 0);
}
