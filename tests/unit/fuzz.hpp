// Fuzzing of pure parts: bytes are operations, any bytes will do, and an oracle knows what must come of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace fuzz {

/// Reads operations from bytes; zeros when there are no more.
class Script {
public:
    explicit Script(std::span<const std::uint8_t> bytes) : bytes_{bytes} {}

    [[nodiscard]] bool has_more() const { return position_ < bytes_.size(); }
    /// A number below `limit`.
    std::size_t next(std::size_t limit)
    {
        return (position_ < bytes_.size() ? bytes_[position_++] : std::uint8_t{0}) % limit;
    }

private:
    std::span<const std::uint8_t> bytes_;
    std::size_t position_ = 0;
};

inline constexpr int rounds = 4000;
inline constexpr std::size_t longest = 160;

/// Calls `run` with scripts that are the same in every run of the program.
template <class Run>
void fuzz(Run run)
{
    std::mt19937 random{20240229};
    std::vector<std::uint8_t> bytes;
    for (int round = 0; round < rounds; ++round) {
        bytes.resize(random() % longest);
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(random());
        }
        run(Script{bytes});
    }
}

}  // namespace fuzz
