// The stacks and pools of numbers of core/base/index_pool.hpp where nobody can come between but interrupt handlers and the threads that they
// let run: on one CPU. Then a few plain accesses with interrupts masked do what takes atomic operations and tags elsewhere.
#pragma once

#include "core/base/index_pool.hpp"

namespace pegplan::kernel {

/// Stands in the place of the atomics. `Port` masks interrupts.
template <class Port>
struct Masked {};

template <class Port>
class SharedIndexStack<Masked<Port>> {
public:
    /// As in an IndexStack a number is kept plus 1, and 0 is nothing.
    struct Link {
        Index value;
    };

    [[gnu::always_inline]] void push(Link* links, Index index) noexcept
    {
        const auto state = Port::irq_save();
        links[index].value = top_;
        top_ = index + 1;
        Port::irq_restore(state);
    }

    [[nodiscard]] [[gnu::always_inline]] Index pop(Link* links) noexcept
    {
        const auto state = Port::irq_save();
        const Index top = top_;
        if (top != 0) [[likely]] {
            top_ = links[top - 1].value;
        }
        Port::irq_restore(state);
        return top - 1;  // of nothing: no_index
    }

private:
    static_assert(Index{0} - Index{1} == no_index);

    Index top_ = 0;
};

template <class Port>
class IndexPool<Masked<Port>> {
public:
    using Link = typename SharedIndexStack<Masked<Port>>::Link;

    constexpr IndexPool() noexcept = default;

    [[nodiscard]] [[gnu::always_inline]] Index take(Link* links, Index limit) noexcept
    {
        const auto state = Port::irq_save();
        const Index top = top_;
        if (top == 0) [[unlikely]] {
            const Index fresh = take_fresh(links, limit);
            Port::irq_restore(state);
            return fresh;
        }
        Link& link = links[top - 1];
        top_ = link.value;
        link.value = out;
        Port::irq_restore(state);
        return top - 1;
    }

    [[nodiscard]] [[gnu::always_inline]] bool give_back(Link* links, Index index) noexcept
    {
        Link& link = links[index];
        const auto state = Port::irq_save();
        const bool was_out = link.value == out;
        if (was_out) [[likely]] {
            link.value = top_;
            top_ = index + 1;
        }
        Port::irq_restore(state);
        return was_out;
    }

    [[nodiscard]] bool recall(Link* links, Index index) noexcept
    {
        const auto state = Port::irq_save();
        const bool was_out = links[index].value == out;
        if (was_out) {
            links[index].value = 0;
        }
        Port::irq_restore(state);
        return was_out;
    }

    void give(Link* links, Index index) noexcept
    {
        const auto state = Port::irq_save();
        links[index].value = top_;
        top_ = index + 1;
        Port::irq_restore(state);
    }

    [[nodiscard]] static bool is_out(const Link& link) noexcept { return link.value == out; }

private:
    static constexpr Index out = ~Index{0};

    /// Masked.
    [[gnu::noinline]] Index take_fresh(Link* links, Index limit) noexcept
    {
        if (fresh_ == limit) {
            return no_index;
        }
        links[fresh_].value = out;
        return fresh_++;
    }

    Index top_ = 0;
    Index fresh_ = 0;
};

}  // namespace pegplan::kernel
