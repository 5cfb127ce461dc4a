// Proportional share: threads that are ready together get the CPU in proportion to their weights. Start-time fair queueing, after Goyal, Guo
// and Vin, "A hierarchical CPU scheduler for multimedia operating systems", OSDI 1996.
//
// Each thread has a start tag, in virtual time: what it has run, divided by its weight. The ready thread with the smallest tag runs, for a slice
// at most; then its tag rises by what it has used. The virtual time of the CPU is the tag of the thread that runs. A thread that wakes up
// continues at its own tag, or at the CPU's virtual time if that is larger: so nobody saves up while he sleeps, and nobody
// gets a second helping by sleeping for a moment. It takes the CPU at once if by then the running thread, with what it has used since, has
// had at least as much; otherwise it waits. When nobody is ready, all debts are forgotten.
//
// Of two threads that are ready all the time, neither gets more than the other by more than one slice each, in virtual
// time: |U1/w1 - U2/w2| <= l1/w1 + l2/w2, where l is the slice and U what the thread has used.
//
// Choosing is one load, all other operations are O(log n). The virtual time has 128 bits, so that it does not wrap.
#pragma once

#include "core/base/rb_tree.hpp"
#include "core/sched/policy.hpp"

#include <algorithm>
#include <cstdint>

namespace pegplan::sched {

struct FairShare {
    /// Ticks divided by weight, with `fraction_bits` binary places.
    using VirtualTime = unsigned __int128;
    static constexpr int fraction_bits = 20;

    static constexpr VirtualTime virtual_time(Ticks used, std::uint32_t weight) noexcept
    {
        const Ticks rest = used % weight;
        return (static_cast<VirtualTime>(used / weight) << fraction_bits) + (rest << fraction_bits) / weight;
    }

    struct ThreadState : kernel::RbNode<ThreadState> {
        void* thread;          ///< whose it is, while it is in the tree
        const void* queue;     ///< the run queue in which it was last
        VirtualTime start;     ///< the tag
        VirtualTime debt;      ///< by how much the tag was above the queue's virtual time when it left that
        Ticks used;            ///< since the tag was set
        std::uint32_t weight;  ///< above 0

        /// As of a new thread.
        void set(std::uint32_t its_weight) noexcept
        {
            *this = ThreadState{};
            weight = its_weight;
        }
    };

    template <class Thread>
    class RunQueue {
    public:
        void advance(Thread& running, Ticks now) noexcept
        {
            running_ = &running.sched;
            if (now > now_) {
                charge(running, now - now_);
                now_ = now;
            }
        }

        /// The end of the slice, unless nobody waits for it.
        [[nodiscard]] Ticks next_event(const Thread& running) const noexcept
        {
            const ThreadState& state = running.sched;
            if (!state.is_linked() || is_alone()) {
                return never;
            }
            return now_ + (running.slice > state.used ? running.slice - state.used : 0);
        }

        void enqueue(Thread& thread) noexcept
        {
            ThreadState& state = thread.sched;
            settle_virtual_time();
            if (state.queue == this) {
                state.start = std::max(state.start, now_here_);
            } else {
                state.start = now_here_ + state.debt;
            }
            state.thread = &thread;
            state.queue = this;
            // If the running thread is not the first, it is about to give way already.
            ThreadState* const first = ready_.smallest();
            ready_.insert(state);
            if (first != nullptr && first == running_ && state.start <= first->start + virtual_time(first->used, first->weight)) {
                put_behind(*first);
            }
        }

        void dequeue(Thread& thread) noexcept
        {
            ThreadState& state = thread.sched;
            settle_virtual_time();
            ready_.remove(state);
            settle_use(state);
            if (ready_.empty()) {
                now_here_ = std::max(now_here_, last_);  // the end of a busy period
            }
            state.debt = state.start > now_here_ ? state.start - now_here_ : 0;
        }

        /// Weights decide here; the priority counts where a thread waits with others for something.
        void change_priority(Thread& thread, std::uint8_t priority, bool) noexcept { thread.priority = priority; }

        void change_weight(Thread& thread, std::uint32_t weight) noexcept
        {
            ThreadState& state = thread.sched;
            if (state.is_linked()) {
                put_behind(state);
            }
            state.weight = weight;
        }

        [[nodiscard]] Thread* pick() const noexcept
        {
            const ThreadState* const first = ready_.smallest();
            return first != nullptr ? thread_of(first) : nullptr;
        }

        template <class Judge>
        [[nodiscard]] Thread* find(Judge judge) const noexcept
        {
            for (const ThreadState* state = ready_.smallest(); state != nullptr; state = Tree::successor(*state)) {
                switch (judge(*thread_of(state))) {
                case Search::take: return thread_of(state);
                case Search::stop: return nullptr;
                case Search::pass: break;
                }
            }
            return nullptr;
        }

        Thread& rotate(Thread& running) noexcept
        {
            yield(running);
            return *pick();
        }

        /// Goes on when it is its turn again. One that has used nothing goes behind those with the same tag.
        void yield(Thread& running) noexcept
        {
            if (running.sched.is_linked()) {
                put_behind(running.sched);
            }
        }

        [[nodiscard]] bool should_preempt(const Thread& thread, const Thread& running) const noexcept
        {
            return thread.sched.start < running.sched.start ||
                   (thread.sched.start == running.sched.start && ready_.smallest() == &thread.sched);
        }

        /// Slices are this policy's own events.
        [[nodiscard]] static bool must_share(const Thread&) noexcept { return false; }

        [[nodiscard]] VirtualTime virtual_now() const noexcept { return now_here_; }

    private:
        struct Smaller {
            bool operator()(const ThreadState& a, const ThreadState& b) const noexcept { return a.start < b.start; }
        };
        using Tree = kernel::RbTree<ThreadState, Smaller>;

        static Thread* thread_of(const ThreadState* state) noexcept { return static_cast<Thread*>(state->thread); }

        [[nodiscard]] bool is_alone() const noexcept
        {
            const ThreadState* const root = ready_.root();
            return root->child[0] == nullptr && root->child[1] == nullptr;
        }

        /// The virtual time is the smallest tag, and never goes back.
        void settle_virtual_time() noexcept
        {
            if (const ThreadState* const first = ready_.smallest()) {
                now_here_ = std::max(now_here_, first->start);
            }
        }

        /// Adds what it has used to its tag. It is not in the tree.
        void settle_use(ThreadState& state) noexcept
        {
            state.start += virtual_time(state.used, state.weight);
            state.used = 0;
            last_ = std::max(last_, state.start);
        }

        /// The same of one that is in the tree.
        void put_behind(ThreadState& state) noexcept
        {
            settle_virtual_time();
            ready_.remove(state);
            settle_use(state);
            ready_.insert(state);
        }

        void charge(Thread& running, Ticks used) noexcept
        {
            ThreadState& state = running.sched;
            if (!state.is_linked()) {
                return;
            }
            state.used += used;
            if (state.used >= running.slice) {
                put_behind(state);
            }
        }

        Ticks now_ = 0;
        VirtualTime now_here_ = 0;  ///< the CPU's virtual time
        const ThreadState* running_ = nullptr;
        VirtualTime last_ = 0;      ///< the largest tag that anybody has come to
        Tree ready_;
    };
};

}  // namespace pegplan::sched
