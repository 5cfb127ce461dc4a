// The locks between CPUs.
#include "core/smp/locks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace pegplan::kernel {

constinit SharedDomain global_domain{};

/// `holder` is 1 + the number of the CPU that has it, or 0. Only that CPU writes its number and takes it away: so who reads
/// its own number has the lock. Hence relaxed. `again` belongs to the holder.
struct alignas(cache_line_size) PrimitiveLock {
    TicketLock<> tickets;
    std::atomic<std::uint32_t> holder{0};
    std::uint32_t again = 0;
};

namespace {

struct alignas(cache_line_size) AlignedLock {
    TicketLock<> tickets;
};

/// Several for each CPU, so that two CPUs that use different primitives rarely meet.
constexpr std::size_t locks_per_cpu = 8;
constexpr std::size_t lock_count = std::bit_ceil(std::max<std::size_t>(config::cpus * locks_per_cpu, 16));
constexpr std::size_t data_lock_count = std::bit_ceil(static_cast<std::size_t>(config::cpus));

constinit std::array<PrimitiveLock, lock_count> primitive_locks{};
constinit PrimitiveLock inheritance{};
constinit std::array<AlignedLock, data_lock_count> data_locks{};

/// Fibonacci hashing: the upper bits of the product depend on all bits of the address.
constexpr std::size_t index_of(std::uintptr_t address, std::size_t count) noexcept
{
    constexpr std::uint64_t golden = 0x9e37'79b9'7f4a'7c15;
    constexpr int kept = 32;
    return static_cast<std::size_t>((address * golden) >> kept) % count;
}

}  // namespace

void acquire(TicketLock<>& lock) noexcept
{
    lock.lock([] { arch::Port::relax(); });
}

namespace {

bool have_one_domain(const Cpu& a, const Cpu& b) noexcept
{
    return !config::sched_partitioned || &a == &b;
}

}  // namespace

void lock_domains(Cpu& a, Cpu& b) noexcept
{
    const bool in_order = a.sharing.index < b.sharing.index;
    lock_domain(in_order ? a : b);
    if (!have_one_domain(a, b)) {
        lock_domain(in_order ? b : a);
    }
}

void unlock_domains(Cpu& a, Cpu& b) noexcept
{
    unlock_domain(a);
    if (!have_one_domain(a, b)) {
        unlock_domain(b);
    }
}

PrimitiveLock& primitive_lock_of(const void* address) noexcept
{
    return primitive_locks[index_of(reinterpret_cast<std::uintptr_t>(address), lock_count)];
}

PrimitiveLock& the_inheritance_lock() noexcept
{
    return inheritance;
}

void take(PrimitiveLock& lock) noexcept
{
    Cpu& cpu = this_cpu();
    const std::uint32_t self = cpu.sharing.index + 1;
    ++cpu.sharing.held;
    if (lock.holder.load(std::memory_order_relaxed) == self) {
        ++lock.again;
        return;
    }
    acquire(lock.tickets);
    lock.holder.store(self, std::memory_order_relaxed);
}

void give(PrimitiveLock& lock) noexcept
{
    --this_cpu().sharing.held;
    if (lock.again > 0) {
        --lock.again;
        return;
    }
    lock.holder.store(0, std::memory_order_relaxed);
    lock.tickets.unlock();
}

void take_data_lock(const void* address) noexcept
{
    acquire(data_locks[index_of(reinterpret_cast<std::uintptr_t>(address), data_lock_count)].tickets);
}

void give_data_lock(const void* address) noexcept
{
    data_locks[index_of(reinterpret_cast<std::uintptr_t>(address), data_lock_count)].tickets.unlock();
}

}  // namespace pegplan::kernel
