// What a thread has used: counted with THREAD_STATS, and nothing at all without it.
#pragma once

#include <pegplan/board/arch.hpp>
#include <pegplan/config/thread.hpp>

#include <cstdint>
#include <type_traits>

namespace pegplan::kernel {

class CountingAccount {
public:
    /// The CPU goes from one thread to another.
    static void switch_between(CountingAccount& from, CountingAccount& to) noexcept
    {
        const arch::Ticks now = arch::Port::now();
        from.run_time_ += now - from.running_since_;
        to.running_since_ = now;
        ++to.switches_;
    }

    void reset() noexcept { *this = {}; }

    /// How often the thread was switched to.
    [[nodiscard]] std::uint64_t switches() const noexcept { return switches_; }

    /// How long it has been on a CPU; with `running`, up to now.
    [[nodiscard]] arch::Ticks run_time(bool running) const noexcept
    {
        return run_time_ + (running ? arch::Port::now() - running_since_ : 0);
    }

private:
    std::uint64_t switches_;
    arch::Ticks run_time_;
    arch::Ticks running_since_;
};

class NoAccount {
public:
    static void switch_between(NoAccount&, NoAccount&) noexcept {}
    void reset() noexcept {}
    [[nodiscard]] std::uint64_t switches() const noexcept { return 0; }
    [[nodiscard]] arch::Ticks run_time(bool) const noexcept { return 0; }
};

using ThreadAccount = std::conditional_t<config::thread_stats, CountingAccount, NoAccount>;

}  // namespace pegplan::kernel
