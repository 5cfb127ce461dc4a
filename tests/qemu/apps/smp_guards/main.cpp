// A page that one CPU has used becomes the guard page of a stack, by the doing of another one. From then on the first
// one must not use it, whatever it remembers of the page tables.
//
// With STACK_POOL_SIZE=1 the memory of stacks goes back to the arena at once, which deals it out from the start.
#include "core/sched/cpu.hpp"

#include <pegplan/pegplan.hpp>

#include <cstddef>
#include <span>
#include <utility>

using namespace pegplan;

namespace {

constexpr CpuId first{0};
constexpr CpuId last{cpu_count - 1};
constexpr std::size_t page = 4_KiB;

auto start_on(CpuId cpu, std::string_view name, std::size_t stack_size, auto function)
{
    const auto builder = ThreadBuilder{}.name(name).stack_size(stack_size).cpu_affinity(CpuSet{cpu});
    auto spawned = builder.spawn(std::move(function));
    if (!spawned) {
        panic("{}: {}", name, spawned.error());
    }
    return std::move(*spawned);
}

std::span<std::byte> own_stack()
{
    return kernel::running_thread().stack.memory;
}

void read(const std::byte* place)
{
    static_cast<void>(*const_cast<const volatile std::byte*>(place));
}

}  // namespace

int main()
{
    if (!this_thread::current().set_affinity(CpuSet{first})) {
        panic("main cannot stay");
    }
    // It reads all of its stack.
    static std::span<std::byte> used;
    start_on(last, "user", 64_KiB, [] {
        used = own_stack();
        for (std::size_t at = 0; at < used.size(); at += page) {
            read(used.data() + at);
        }
    }).join();

    // The begin of that memory is taken by one that stays, so that what comes behind it is in the middle.
    Semaphore never{0};
    auto patient = start_on(first, "patient", 8_KiB, [&never] { never.acquire(); });
    start_on(last, "careless", 8_KiB, [] {
        const std::byte* const below = own_stack().data() - 64;
        print("below its stack was another's: {}\n", below >= used.data() && below < used.data() + used.size());
        read(below);
    }).join();
    print("nobody noticed\n");
    never.release();
    patient.join();
    return 0;
}
