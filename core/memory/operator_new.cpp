// C++'s own allocation functions on the system heap. Compiled with HEAP_OPERATOR_NEW alone; without it, new does not link
// (core/memory/no_operator_new.cpp).
//
// There are no exceptions, so a plain new that finds no memory panics.
#include <pegplan/heap.hpp>
#include <pegplan/panic.hpp>

#include <cstddef>
#include <new>

namespace {

void* allocate(std::size_t bytes, std::size_t alignment) noexcept
{
    return pegplan::system_heap().allocate(bytes, alignment).value_or(nullptr);
}

void* allocate_or_panic(std::size_t bytes, std::size_t alignment) noexcept
{
    void* const block = allocate(bytes, alignment);
    if (block == nullptr) {
        const pegplan::HeapStats stats = pegplan::system_heap().stats();
        pegplan::panic("operator new: no memory for {} bytes, aligned to {}; {} bytes of the heap are free, {} in one piece",
                       bytes, alignment, stats.free, stats.largest_free);
    }
    return block;
}

void release(void* block) noexcept
{
    pegplan::system_heap().release(block);
}

constexpr std::size_t usual = pegplan::Heap::alignment;
static_assert(usual >= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

}  // namespace

void* operator new(std::size_t bytes)
{
    return allocate_or_panic(bytes, usual);
}

void* operator new[](std::size_t bytes)
{
    return allocate_or_panic(bytes, usual);
}

void* operator new(std::size_t bytes, std::align_val_t alignment)
{
    return allocate_or_panic(bytes, static_cast<std::size_t>(alignment));
}

void* operator new[](std::size_t bytes, std::align_val_t alignment)
{
    return allocate_or_panic(bytes, static_cast<std::size_t>(alignment));
}

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept
{
    return allocate(bytes, usual);
}

void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept
{
    return allocate(bytes, usual);
}

void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept
{
    return allocate(bytes, static_cast<std::size_t>(alignment));
}

void* operator new[](std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept
{
    return allocate(bytes, static_cast<std::size_t>(alignment));
}

void operator delete(void* block) noexcept
{
    release(block);
}

void operator delete[](void* block) noexcept
{
    release(block);
}

void operator delete(void* block, std::size_t) noexcept
{
    release(block);
}

void operator delete[](void* block, std::size_t) noexcept
{
    release(block);
}

void operator delete(void* block, std::align_val_t) noexcept
{
    release(block);
}

void operator delete[](void* block, std::align_val_t) noexcept
{
    release(block);
}

void operator delete(void* block, std::size_t, std::align_val_t) noexcept
{
    release(block);
}

void operator delete[](void* block, std::size_t, std::align_val_t) noexcept
{
    release(block);
}

void operator delete(void* block, const std::nothrow_t&) noexcept
{
    release(block);
}

void operator delete[](void* block, const std::nothrow_t&) noexcept
{
    release(block);
}

void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept
{
    release(block);
}

void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept
{
    release(block);
}

const std::nothrow_t std::nothrow{};
