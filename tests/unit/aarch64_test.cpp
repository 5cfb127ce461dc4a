// The pure parts of the aarch64 port: how page table entries are written, and what a syndrome means.
#include <doctest/doctest.h>

#include "arch/aarch64/page_format.hpp"
#include "arch/aarch64/syndrome.hpp"

#include <cstdint>

using namespace pegplan::arch::mmu;
using pegplan::arch::aarch64::PageFormat;
namespace syndrome = pegplan::arch::aarch64::syndrome;

namespace {

constexpr std::uint64_t type_bits = 3;
constexpr std::uint64_t type_block = 1;
constexpr std::uint64_t type_table_or_page = 3;
constexpr std::uint64_t user_access = 1U << 6;
constexpr std::uint64_t read_only = 1U << 7;
constexpr std::uint64_t accessed = 1U << 10;
constexpr std::uint64_t never_executes = std::uint64_t{1} << 53;
constexpr std::uint64_t user_never_executes = std::uint64_t{1} << 54;

}  // namespace

TEST_CASE("aarch64 page format: leaves keep address and permission")
{
    for (const int level : {0, 1, 2}) {
        for (const Permission permission :
             {Permission::read_execute, Permission::read_only, Permission::read_write, Permission::device}) {
            const std::uintptr_t address = 0x7f'c000'0000;
            const PageFormat::Entry entry = PageFormat::leaf(address, permission, level);
            CHECK(PageFormat::is_present(entry));
            CHECK(PageFormat::is_leaf(entry, level));
            CHECK(PageFormat::address(entry) == address);
            CHECK(PageFormat::permission(entry) == permission);
            CHECK((entry & type_bits) == (level == 0 ? type_table_or_page : type_block));
            CHECK((entry & user_access) == 0);
            CHECK((entry & user_never_executes) != 0);
            CHECK((entry & accessed) != 0);
            CHECK(((entry & never_executes) == 0) == (permission == Permission::read_execute));
            const bool may_write = permission == Permission::read_write || permission == Permission::device;
            CHECK(((entry & read_only) == 0) == may_write);
        }
    }
}

TEST_CASE("aarch64 page format: a fourth level reaches farther, and maps no blocks")
{
    using pegplan::arch::aarch64::LargePageFormat;
    static_assert(PageFormat::address_bits == 39 && LargePageFormat::address_bits == 48);
    constexpr int top = LargePageFormat::levels - 1;
    CHECK_FALSE(LargePageFormat::may_hold_leaf(top));
    CHECK(LargePageFormat::may_hold_leaf(top - 1));
    constexpr std::uintptr_t address = std::uintptr_t{1} << 40;
    CHECK(LargePageFormat::address(LargePageFormat::leaf(address, Permission::read_write, top - 1)) == address);
}

TEST_CASE("aarch64 page format: entries for tables are none for leaves")
{
    const PageFormat::Entry entry = PageFormat::table(0x123'4000);
    CHECK(PageFormat::is_present(entry));
    CHECK_FALSE(PageFormat::is_leaf(entry, 1));
    CHECK_FALSE(PageFormat::is_leaf(entry, 2));
    CHECK(PageFormat::address(entry) == 0x123'4000);
}

TEST_CASE("aarch64 syndrome: aborts say what was tried and what came in the way")
{
    CHECK(syndrome::cause(0x9600'004f) == "write to read-only memory");
    CHECK(syndrome::cause(0x9600'0046) == "write to an unmapped address");
    CHECK(syndrome::cause(0x9600'0005) == "read of an unmapped address");
    CHECK(syndrome::cause(0x9600'0061) == "misaligned write to device memory");
    CHECK(syndrome::cause(0x9600'0010) == "bus error in a read");
    CHECK(syndrome::cause(0x8600'000f) == "execution of memory that is not executable");
    CHECK(syndrome::cause(0x8600'0006) == "execution of an unmapped address");
    CHECK(syndrome::cause(0x9600'0070) == "data abort in a write");
    CHECK(syndrome::has_address(0x9600'004f));
    CHECK_FALSE(syndrome::has_address(0x9600'0410));  // the CPU says that FAR is not valid
}

TEST_CASE("aarch64 syndrome: other exceptions have names and no address")
{
    CHECK(syndrome::cause(0x0200'0000) == "undefined instruction");
    CHECK(syndrome::cause(0xf200'0007) == "breakpoint instruction");
    CHECK(syndrome::cause(0x1fe0'0000) == "floating point used where it is off");
    CHECK(syndrome::cause(0xffff'ffff) == "unknown exception");
    CHECK_FALSE(syndrome::has_address(0x0200'0000));
    CHECK(syndrome::has_address(0x8a00'0000));  // a misaligned program counter
}
