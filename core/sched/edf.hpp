// Earliest deadline first. Each thread with a deadline is a constant-bandwidth server: it has `runtime` of the CPU in each `period`,
// within `deadline` of the period's begin, whatever the others do, and no more, whatever it does itself. Threads without a
// deadline run in the background, by fixed priority, when no thread with one is ready and has time left.
//
// After Abeni and Buttazzo, "Integrating multimedia applications in hard real-time systems", RTSS 1998, with what Linux's
// SCHED_DEADLINE adds: a server that has used up its runtime waits for its next period (a hard reservation), and one whose deadline is shorter
// than its period is not given more by waking up in the middle (Casini, Abeni, Biondi, Cucinotta and Buttazzo, "Constant bandwidth
// servers with constrained deadlines", RTNS 2017).
//
// A server is in one of two trees: eligible, ordered by deadline, or held back, ordered by the moment of its release.
//
//      used up, or yield            now >= release: deadline += period, budget += runtime
//   eligible ───────────────> held back ───────────────> eligible (or held back again while its budget is not above zero)
//
// Choosing is one load; all other operations are O(log n) in the number of threads with a deadline.
#pragma once

#include "core/base/rb_tree.hpp"
#include "core/sched/fixed_priority.hpp"
#include "core/sched/policy.hpp"

#include <algorithm>
#include <cstdint>

namespace pegplan::sched {

/// The share of a CPU that a thread may claim: `runtime` in each `deadline`, in units of 1 / `whole_cpu`, rounded up. With the runtime not
/// above the deadline, and that not above the period.
using Bandwidth = std::uint64_t;

inline constexpr int bandwidth_bits = 32;
inline constexpr Bandwidth whole_cpu = Bandwidth{1} << bandwidth_bits;

[[nodiscard]] constexpr Bandwidth bandwidth_of(Ticks runtime, Ticks deadline) noexcept
{
    // What does not fit is made shorter, on the safe side.
    while (deadline >= whole_cpu / 2) {
        deadline >>= 1;
        runtime = (runtime >> 1) + (runtime & 1);
    }
    return ((runtime << bandwidth_bits) + deadline - 1) / deadline;
}

/// What the threads of a CPU claim together. With D = deadline and T = period, the sum of runtime / D at most 1 is sufficient for all deadlines
/// to be met, and necessary where D = T (Liu and Layland 1973).
class Reservations {
public:
    /// Returns whether `more` fits below `limit`, and then takes it.
    [[nodiscard]] bool claim(Bandwidth more, Bandwidth limit) noexcept
    {
        if (!fits(more, limit)) {
            return false;
        }
        claimed_ += more;
        return true;
    }

    [[nodiscard]] bool fits(Bandwidth more, Bandwidth limit) const noexcept
    {
        return more <= limit && claimed_ <= limit - more;
    }

    void give_back(Bandwidth share) noexcept { claimed_ -= share; }
    [[nodiscard]] Bandwidth claimed() const noexcept { return claimed_; }

private:
    Bandwidth claimed_ = 0;
};

struct Edf {
    struct ThreadState : kernel::RbNode<ThreadState> {
        void* thread;             ///< whose it is, while it is in a tree
        Ticks runtime;            ///< in each period; 0 for a thread without a deadline
        Ticks relative_deadline;
        Ticks period;
        Bandwidth bandwidth;
        Ticks deadline;           ///< the current one; 0 before the first
        Ticks order;              ///< the deadline while eligible, the release while held back
        std::int64_t budget;      ///< what is left of the runtime up to the deadline; below zero when the end was noticed late
        std::uint64_t overruns;   ///< how often the runtime was used up before the thread yielded or blocked
        bool held_back;

        /// As of a new thread. The arguments have been checked.
        void set(Ticks its_runtime, Ticks its_deadline, Ticks its_period) noexcept
        {
            *this = ThreadState{};
            runtime = its_runtime;
            relative_deadline = its_deadline;
            period = its_period;
            bandwidth = bandwidth_of(runtime, relative_deadline);
        }

        [[nodiscard]] bool has_deadline() const noexcept { return runtime != 0; }

        /// When the next period begins.
        [[nodiscard]] Ticks release() const noexcept { return deadline - relative_deadline + period; }

        void begin_period(Ticks now) noexcept
        {
            deadline = now + relative_deadline;
            budget = static_cast<std::int64_t>(runtime);
        }
    };

    template <class Thread>
    class RunQueue {
    public:
        void advance(Thread& running, Ticks now) noexcept
        {
            if (now > now_) {
                charge(running, now - now_);
                now_ = now;
            }
            while (ThreadState* const first = held_back_.smallest()) {
                if (first->order > now_) {
                    break;
                }
                release(*first);
            }
        }

        [[nodiscard]] Ticks next_event(const Thread& running) const noexcept
        {
            const ThreadState* const first = held_back_.smallest();
            const Ticks released = first != nullptr ? first->order : never;
            const ThreadState& state = running.sched;
            return is_eligible(state) ? std::min(released, now_ + static_cast<Ticks>(state.budget)) : released;
        }

        void enqueue(Thread& thread) noexcept
        {
            ThreadState& state = thread.sched;
            if (!state.has_deadline()) {
                background_.enqueue(thread);
                return;
            }
            state.thread = &thread;
            wake_up(state);
        }

        void dequeue(Thread& thread) noexcept
        {
            ThreadState& state = thread.sched;
            if (!state.has_deadline()) {
                background_.dequeue(thread);
            } else {
                (state.held_back ? held_back_ : eligible_).remove(state);
            }
        }

        /// That of a thread with a deadline counts where it waits with others for something, and not here.
        void change_priority(Thread& thread, std::uint8_t priority, bool in_front) noexcept
        {
            if (thread.sched.has_deadline()) {
                thread.priority = priority;
            } else {
                background_.change_priority(thread, priority, in_front);
            }
        }

        [[nodiscard]] Thread* pick() const noexcept
        {
            const ThreadState* const first = eligible_.smallest();
            return first != nullptr ? thread_of(first) : background_.pick();
        }

        template <class Judge>
        [[nodiscard]] Thread* find(Judge judge) const noexcept
        {
            for (const ThreadState* state = eligible_.smallest(); state != nullptr; state = Tree::successor(*state)) {
                switch (judge(*thread_of(state))) {
                case Search::take: return thread_of(state);
                case Search::stop: return nullptr;
                case Search::pass: break;
                }
            }
            return background_.find(judge);
        }

        /// The end of a background thread's slice; for others `yield`.
        Thread& rotate(Thread& thread) noexcept
        {
            return thread.sched.has_deadline() ? thread : background_.rotate(thread);
        }

        /// A job with a deadline is done: its thread goes on in its next period, which may have begun.
        void yield(Thread& running) noexcept
        {
            ThreadState& state = running.sched;
            if (!state.has_deadline()) {
                background_.rotate(running);
            } else if (is_eligible(state)) {
                eligible_.remove(state);
                hold_back(state);
                if (state.order <= now_) {
                    release(state);
                }
            }
        }

        [[nodiscard]] bool should_preempt(const Thread& thread, const Thread& running) const noexcept
        {
            const ThreadState& state = thread.sched;
            const ThreadState& other = running.sched;
            if (!state.has_deadline()) {
                return other.has_deadline() ? other.held_back : background_.should_preempt(thread, running);
            }
            return is_eligible(state) && (!is_eligible(other) || state.deadline < other.deadline);
        }

        [[nodiscard]] static bool must_share(const Thread& thread) noexcept
        {
            return !thread.sched.has_deadline() && Background::must_share(thread);
        }

        /// What threads that may run on this CPU have claimed of it.
        [[nodiscard]] Reservations& reservations() noexcept { return reservations_; }

    private:
        using Background = FixedPriority::RunQueue<Thread>;

        struct Earlier {
            bool operator()(const ThreadState& a, const ThreadState& b) const noexcept { return a.order < b.order; }
        };
        using Tree = kernel::RbTree<ThreadState, Earlier>;

        static Thread* thread_of(const ThreadState* state) noexcept { return static_cast<Thread*>(state->thread); }

        static bool is_eligible(const ThreadState& state) noexcept { return state.is_linked() && !state.held_back; }

        void make_eligible(ThreadState& state) noexcept
        {
            state.held_back = false;
            state.order = state.deadline;
            eligible_.insert(state);
        }

        /// In no tree before. What is left is forfeited; what is owed is not.
        void hold_back(ThreadState& state) noexcept
        {
            state.budget = std::min(state.budget, std::int64_t{0});
            state.held_back = true;
            state.order = state.release();
            held_back_.insert(state);
        }

        void charge(Thread& running, Ticks used) noexcept
        {
            ThreadState& state = running.sched;
            if (!state.has_deadline()) {
                return;
            }
            state.budget -= static_cast<std::int64_t>(used);
            if (state.budget <= 0 && is_eligible(state)) {
                ++state.overruns;
                eligible_.remove(state);
                hold_back(state);
            }
        }

        /// The next period of one that is held back has begun.
        void release(ThreadState& state) noexcept
        {
            held_back_.remove(state);
            state.deadline += state.period;
            state.budget += static_cast<std::int64_t>(state.runtime);
            if (state.deadline <= now_) {
                state.begin_period(now_);  // nobody was told in time
            }
            if (state.budget <= 0) {
                hold_back(state);
            } else {
                make_eligible(state);
            }
        }

        /// The rule of the constant-bandwidth server: what is left may be used up to the current deadline if that keeps it within its
        /// bandwidth; else a new period begins, or, where the deadline is shorter than the period, less is left.
        void wake_up(ThreadState& state) noexcept
        {
            if (state.deadline == 0 || state.release() <= now_) {
                state.begin_period(now_);
            } else if (state.held_back || state.budget <= 0 || state.deadline <= now_) {
                state.budget = std::min(state.budget, std::int64_t{0});  // used up, or too late for this period
            } else if (uses_too_much(state)) {
                if (state.relative_deadline < state.period) {
                    state.budget = affordable(state);
                } else {
                    state.begin_period(now_);
                }
            }
            if (state.budget > 0) {
                make_eligible(state);
            } else {
                hold_back(state);
            }
        }

        /// budget / (deadline - now) > runtime / relative_deadline
        [[nodiscard]] bool uses_too_much(const ThreadState& state) const noexcept
        {
            using Product = unsigned __int128;
            return static_cast<Product>(state.budget) * state.relative_deadline >
                   static_cast<Product>(state.deadline - now_) * state.runtime;
        }

        /// What may be used up to the deadline.
        [[nodiscard]] std::int64_t affordable(const ThreadState& state) const noexcept
        {
            const auto product = static_cast<unsigned __int128>(state.deadline - now_) * (state.bandwidth - 1);
            return static_cast<std::int64_t>(product >> bandwidth_bits);
        }

        Ticks now_ = 0;
        Tree eligible_;
        Tree held_back_;
        Background background_;
        Reservations reservations_;
    };
};

}  // namespace pegplan::sched
