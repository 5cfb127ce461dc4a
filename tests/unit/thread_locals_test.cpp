// Where thread_local objects lie around a thread pointer, against the distances that linkers give them.
#include "arch/thread_locals.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace {

using pegplan::arch::ThreadBlock;
using pegplan::arch::ThreadLocalImage;
using pegplan::arch::ThreadLocalRoom;

constexpr std::size_t word = sizeof(std::uintptr_t);
constexpr std::array<std::size_t, 5> sizes{1, 8, 20, 64, 65};
constexpr std::array<std::size_t, 5> alignments{1, 8, 16, 64, 256};

std::size_t up(std::size_t value, std::size_t alignment)
{
    return (value + alignment - 1) / alignment * alignment;
}

/// Initialises a block in memory that is dirty, and checks all but the place of the pointer: the objects are `distance` bytes
/// behind it, inside the room, aligned, and what they should be; `reserved` bytes at the pointer are in the room too.
void check(const ThreadBlock& block, const ThreadLocalImage& image, std::ptrdiff_t distance, std::size_t reserved)
{
    const ThreadLocalRoom room = block.room();
    CHECK(room.alignment == image.alignment);
    std::vector<std::byte> memory(room.size + 2 * room.alignment, std::byte{0xaa});
    auto* const place = memory.data() + (up(reinterpret_cast<std::uintptr_t>(memory.data()), room.alignment) -
                                         reinterpret_cast<std::uintptr_t>(memory.data()));
    auto* const pointer = reinterpret_cast<std::byte*>(block.init(place));
    const std::byte* const objects = pointer + distance;
    CHECK(reinterpret_cast<std::uintptr_t>(objects) % image.alignment == 0);
    CHECK(objects >= place);
    CHECK(objects + image.size <= place + room.size);
    CHECK(pointer >= place);
    CHECK(pointer + reserved <= place + room.size);
    CHECK(std::memcmp(objects, image.initial, image.initial_size) == 0);
    CHECK(std::all_of(objects + image.initial_size, objects + image.size, [](std::byte value) { return value == std::byte{0}; }));
    CHECK(std::all_of(memory.data(), place, [](std::byte value) { return value == std::byte{0xaa}; }));
    CHECK(std::all_of(place + room.size, memory.data() + memory.size(), [](std::byte value) { return value == std::byte{0xaa}; }));
}

}  // namespace

TEST_CASE("thread_local objects lie where the linker thinks they are")
{
    std::array<std::byte, 128> initial;
    initial.fill(std::byte{0x55});
    for (const std::size_t size : sizes) {
        for (const std::size_t alignment : alignments) {
            for (const std::size_t initial_size : {std::size_t{0}, size / 2, size}) {
                const ThreadLocalImage image{initial.data(), initial_size, size, alignment};
                check(ThreadBlock::above_pointer(image, 0), image, 0, 0);                                           // riscv64
                check(ThreadBlock::above_pointer(image, 2 * word), image,
                      static_cast<std::ptrdiff_t>(up(2 * word, alignment)), 2 * word);                              // aarch64
                check(ThreadBlock::below_pointer(image, word), image,
                      -static_cast<std::ptrdiff_t>(up(size, alignment)), word);                                     // x86_64
            }
        }
    }
}

TEST_CASE("an image without thread_local objects needs no room")
{
    const ThreadLocalImage none{nullptr, 0, 0, 1};
    CHECK(ThreadBlock::above_pointer(none, 2 * word).room().size == 0);
    CHECK(ThreadBlock::below_pointer(none, word).room().size == 0);
}
