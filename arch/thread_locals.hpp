// thread_local objects on architectures whose compilers find them at constant distances from a register, the thread pointer
// (the local-exec model of ELF): where they lie around it, and what they begin with.
//
// There are two layouts. Most ABIs put the objects above the pointer, behind some words that the ABI reserves there
// ("variant I"); x86 puts them below, and the pointer's own address into the word at which it points ("variant II"). Either
// way the linker counts in whole alignments: what it rounds up is rounded up here.
//
// Source: U. Drepper, "ELF Handling For Thread-Local Storage", 2013, section 3.
#pragma once

#include "arch/port.hpp"

#include <pegplan/config/thread.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

extern "C" {
// Of the linker script. The last one lies one alignment behind the first one.
extern const std::byte __thread_locals_start[];
extern const std::byte __thread_locals_image_end[];
extern const std::byte __thread_locals_end[];
extern const std::byte __thread_locals_aligned[];
}

namespace pegplan::arch {

/// What the image says about its thread_local objects. In bytes.
struct ThreadLocalImage {
    const std::byte* initial;   ///< what the first ones begin with
    std::size_t initial_size;
    std::size_t size;           ///< of all; the others begin as zeros
    std::size_t alignment;      ///< a power of two
};

[[gnu::always_inline]] inline ThreadLocalImage image_thread_locals() noexcept
{
    return {
        .initial = __thread_locals_start,
        .initial_size = static_cast<std::size_t>(__thread_locals_image_end - __thread_locals_start),
        .size = static_cast<std::size_t>(__thread_locals_end - __thread_locals_start),
        .alignment = static_cast<std::size_t>(__thread_locals_aligned - __thread_locals_start),
    };
}

/// The memory of one thread's objects, with what belongs around them: distances from its begin, which has the objects'
/// alignment.
class ThreadBlock {
public:
    /// The objects begin behind `reserved` bytes above the pointer.
    [[gnu::always_inline]] static constexpr ThreadBlock above_pointer(const ThreadLocalImage& image,
                                                                      std::size_t reserved) noexcept
    {
        const std::size_t objects = round_up(reserved, image.alignment);
        return {image, objects, 0, objects + image.size};
    }

    /// The objects end where the pointer points, and where `reserved` bytes follow.
    [[gnu::always_inline]] static constexpr ThreadBlock below_pointer(const ThreadLocalImage& image,
                                                                      std::size_t reserved) noexcept
    {
        const std::size_t pointer = round_up(image.size, image.alignment);
        return {image, 0, pointer, pointer + reserved};
    }

    /// What it takes; nothing if there are no objects.
    [[gnu::always_inline]] constexpr ThreadLocalRoom room() const noexcept
    {
        return image_.size == 0 ? ThreadLocalRoom{0, 1} : ThreadLocalRoom{size_, image_.alignment};
    }

    /// Initialises the objects of a block that begins at `place`, and returns the thread pointer.
    std::uintptr_t init(std::byte* place) const noexcept
    {
        std::byte* const objects = place + objects_;
        std::memcpy(objects, image_.initial, image_.initial_size);
        std::memset(objects + image_.initial_size, 0, image_.size - image_.initial_size);
        return reinterpret_cast<std::uintptr_t>(place + pointer_);
    }

private:
    constexpr ThreadBlock(const ThreadLocalImage& image, std::size_t objects, std::size_t pointer, std::size_t size) noexcept
        : image_{image}, objects_{objects}, pointer_{pointer}, size_{size}
    {
    }

    static constexpr std::size_t round_up(std::size_t value, std::size_t alignment) noexcept
    {
        return (value + alignment - 1) & ~(alignment - 1);
    }

    ThreadLocalImage image_;
    std::size_t objects_;
    std::size_t pointer_;
    std::size_t size_;
};

/// The thread pointer in a context, or nothing, by choice of the menu.
struct StoredThreadPointer {
    std::uintptr_t value;

    void set(std::uintptr_t pointer) noexcept { value = pointer; }
};

struct NoThreadPointer {
    void set(std::uintptr_t) noexcept {}
};

using ThreadPointer = std::conditional_t<config::thread_local_storage, StoredThreadPointer, NoThreadPointer>;

}  // namespace pegplan::arch
