// A value that counts its objects: nothing may be destroyed twice, or never.
#pragma once

#include <utility>

/// Moves, does not copy. Counts since `reset()`.
class Tracked {
public:
    explicit Tracked(int value) noexcept : value_{value} { ++constructed; }
    Tracked(Tracked&& other) noexcept : value_{std::exchange(other.value_, moved_from)} { ++constructed; }
    Tracked(const Tracked&) = delete;
    Tracked& operator=(Tracked&&) = delete;
    ~Tracked()
    {
        ++destroyed;
        value_ = dead;
    }

    [[nodiscard]] int value() const noexcept { return value_; }

    static void reset() noexcept { constructed = destroyed = 0; }

    static inline int constructed = 0;
    static inline int destroyed = 0;
    static constexpr int moved_from = -1;
    static constexpr int dead = -2;

private:
    int value_;
};
