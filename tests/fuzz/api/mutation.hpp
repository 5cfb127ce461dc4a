// Changes to the bytes of an input that keep its steps whole: what a fuzzing engine does besides its own.
#pragma once

#include "script.hpp"

namespace fuzz {

/// Numbers that only look random (xorshift).
class Dice {
public:
    explicit Dice(std::uint32_t seed) noexcept : state_{seed != 0 ? seed : 1} {}

    /// 0 to `sides - 1`.
    std::size_t roll(std::size_t sides) noexcept
    {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 17;
        state_ ^= state_ << 5;
        return state_ % sides;
    }

private:
    std::uint32_t state_;
};

/// Adds, doubles, removes, exchanges or alters a step, or alters a worker's head. `bytes` is as long as the result may
/// get, and its first `size` are the input. Returns the result's size; the input must be at least a head long.
inline std::size_t mutate_step(std::span<std::uint8_t> bytes, std::size_t size, std::uint32_t seed) noexcept
{
    enum Change : std::size_t { add, add_another, copy, remove, exchange, alter, alter_head, change_count };

    constexpr std::array<std::size_t, step_size> sides{worker_count, action_count, 256};  // of what each byte tells

    Dice dice{seed};
    const std::size_t steps = (size - head_size) / step_size;
    const auto step = [&](std::size_t number) { return bytes.subspan(head_size + number * step_size, step_size); };
    const auto end = head_size + steps * step_size;
    const bool may_grow = end + step_size <= bytes.size();
    auto change = static_cast<Change>(dice.roll(change_count));
    if (steps == 0 && change != alter_head) {
        change = add;
    }
    switch (change) {
    case add:
    case add_another:
    case copy: {
        if (!may_grow) {
            return size;
        }
        const std::size_t place = dice.roll(steps + 1);
        std::array<std::uint8_t, step_size> added{};
        if (change == copy) {
            std::ranges::copy(step(dice.roll(steps)), added.begin());
        } else {
            for (std::size_t byte = 0; byte < step_size; ++byte) {
                added[byte] = static_cast<std::uint8_t>(dice.roll(sides[byte]));
            }
        }
        std::copy_backward(step(place).begin(), bytes.begin() + static_cast<std::ptrdiff_t>(end),
                           bytes.begin() + static_cast<std::ptrdiff_t>(end + step_size));
        std::ranges::copy(added, step(place).begin());
        return end + step_size;
    }
    case remove: {
        const std::size_t place = dice.roll(steps);
        std::copy(step(place).end(), bytes.begin() + static_cast<std::ptrdiff_t>(end), step(place).begin());
        return end - step_size;
    }
    case exchange: std::ranges::swap_ranges(step(dice.roll(steps)), step(dice.roll(steps))); return size;
    case alter: {
        const std::size_t byte = dice.roll(step_size);
        step(dice.roll(steps))[byte] = static_cast<std::uint8_t>(dice.roll(sides[byte]));
        return size;
    }
    case alter_head:
    case change_count:
        bytes[dice.roll(head_size)] = static_cast<std::uint8_t>(dice.roll(priority_count + 1));
        return size;
    }
    return size;
}

}  // namespace fuzz
