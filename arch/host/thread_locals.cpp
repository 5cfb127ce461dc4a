// Finding the thread_local objects of the image in a pthread, exchanging them, and making new ones.
#include "arch/host/thread_locals.hpp"

#include <link.h>

#include <cstring>

namespace pegplan::arch::host {

namespace {

/// Stands in front of the image's objects. An output section keeps the kind of the first input that it has; with this one
/// it has contents, also where all of the others begin as zeros.
[[gnu::used, gnu::section(".tdata.pegplan_first")]] constinit thread_local char first_object = 1;

/// Of the objects from the thread pointer, and what the compiler takes for granted of that. The same for all pthreads.
struct Layout {
    std::ptrdiff_t distance;
    std::size_t alignment;
};
constinit Layout layout{0, 1};

/// How far behind an aligned address objects begin if their thread pointer is aligned too.
std::size_t lead() noexcept
{
    return static_cast<std::size_t>(layout.distance) & (layout.alignment - 1);
}

/// The part of the image that each pthread has a copy of.
const ElfW(Phdr)* find_template(const dl_phdr_info& module) noexcept
{
    for (std::size_t index = 0; index < module.dlpi_phnum; ++index) {
        if (module.dlpi_phdr[index].p_type == PT_TLS) {
            return &module.dlpi_phdr[index];
        }
    }
    return nullptr;
}

/// Called by the dynamic linker for the program itself first, with the calling pthread's copy; no other matters.
int find_in_program(dl_phdr_info* program, std::size_t, void* cpu) noexcept
{
    if (const ElfW(Phdr)* const all = find_template(*program)) {
        const std::uintptr_t distance =
            reinterpret_cast<std::uintptr_t>(__thread_locals_start) - (program->dlpi_addr + all->p_vaddr);
        std::byte* const objects = static_cast<std::byte*>(program->dlpi_tls_data) + distance;
        static_cast<HostCpu*>(cpu)->thread_locals = objects;
        layout = {objects - pthread_pointer(), all->p_align};
    }
    constexpr int end_of_search = 1;
    return end_of_search;
}

}  // namespace

void find_thread_locals(HostCpu& cpu) noexcept
{
    // With several CPUs what one finds out is what all of them need.
    if (thread_locals_size() != 0 && cpu.many.number == 0) {
        dl_iterate_phdr(&find_in_program, &cpu);
    }
}

void ThreadLocals::init(std::byte* place) noexcept
{
    kept_ = place;
    std::memcpy(place, __thread_locals_start, thread_locals_size());
}

void ThreadLocals::exchange(ThreadLocals& to) noexcept
{
    std::byte* const objects = this_host_cpu().thread_locals;
    std::memcpy(kept_, objects, thread_locals_size());
    std::memcpy(objects, to.kept_, thread_locals_size());
}

ThreadLocalRoom OwnThreadLocals::room() noexcept
{
    return {thread_locals_size() == 0 ? 0 : lead() + thread_locals_size(), layout.alignment};
}

void OwnThreadLocals::init(std::byte* place) noexcept
{
    std::byte* const objects = place + lead();
    std::memcpy(objects, __thread_locals_start, thread_locals_size());
    pointer_ = objects - layout.distance;
}

}  // namespace pegplan::arch::host
