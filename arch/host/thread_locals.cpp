// Finding the thread_local objects of the image in a pthread, and exchanging them.
#include "arch/host/thread_locals.hpp"

#include <link.h>

#include <cstring>

namespace pegplan::arch::host {

namespace {

/// Stands in front of the image's objects. An output section keeps the kind of the first input that it has; with this one
/// it has contents, also where all of the others begin as zeros.
[[gnu::used, gnu::section(".tdata.pegplan_first")]] constinit thread_local char first_object = 1;

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
        static_cast<HostCpu*>(cpu)->thread_locals = static_cast<std::byte*>(program->dlpi_tls_data) + distance;
    }
    constexpr int end_of_search = 1;
    return end_of_search;
}

}  // namespace

void find_thread_locals(HostCpu& cpu) noexcept
{
    if (ContextThreadLocals::room().size != 0) {
        dl_iterate_phdr(&find_in_program, &cpu);
    }
}

void ThreadLocals::init(std::byte* place) noexcept
{
    kept_ = place;
    std::memcpy(place, __thread_locals_start, size());
}

void ThreadLocals::exchange(ThreadLocals& to) noexcept
{
    std::byte* const objects = this_host_cpu().thread_locals;
    std::memcpy(kept_, objects, size());
    std::memcpy(objects, to.kept_, size());
}

}  // namespace pegplan::arch::host
