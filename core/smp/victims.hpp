// In which order a worker looks for tasks at others: those on its own NUMA node, then those on the nearest one, and so on. Among those
// that are equally near it begins with any, so that thieves do not all go to the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pegplan::kernel {

/// All workers, the nearest to one node first.
template <std::size_t count>
class VictimOrder {
public:
    using Place = std::uint16_t;
    static_assert(count <= 0xffff);

    /// `distance_of(worker)`: how far it is; a smaller number is nearer. Of equals the one with the smaller number comes first.
    template <class Distance>
    void build(Distance distance_of) noexcept
    {
        // By insertion, which is stable: this happens once, and mostly finds them in order.
        for (std::size_t worker = 0; worker < count; ++worker) {
            std::size_t place = worker;
            while (place > 0 && distance_of(order_[place - 1]) > distance_of(worker)) {
                order_[place] = order_[place - 1];
                --place;
            }
            order_[place] = static_cast<Place>(worker);
        }
        Place end = count;
        for (std::size_t place = count; place-- > 0;) {
            end_of_equals_[place] = end;
            if (place > 0 && distance_of(order_[place - 1]) != distance_of(order_[place])) {
                end = static_cast<Place>(place);
            }
        }
    }

    /// Calls `visit(worker)` for each until that returns true. `random(n)` is below n.
    template <class Random, class Visit>
    bool visit(Random random, Visit visit) const noexcept
    {
        for (std::size_t begin = 0; begin < count;) {
            const std::size_t equals = end_of_equals_[begin] - begin;
            std::size_t offset = equals > 1 ? random(equals) : 0;
            for (std::size_t turn = 0; turn < equals; ++turn) {
                if (visit(std::size_t{order_[begin + offset]})) {
                    return true;
                }
                offset = offset + 1 < equals ? offset + 1 : 0;
            }
            begin += equals;
        }
        return false;
    }

private:
    std::array<Place, count> order_{};
    std::array<Place, count> end_of_equals_{};  ///< behind the last one that is as near as the one at this place
};

}  // namespace pegplan::kernel
