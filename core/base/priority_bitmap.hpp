// The set of priorities that have ready threads: insertion, removal and "most urgent" in constant time.
//
// Up to 64 levels are one word. More are two levels of words: a summary word whose bit n tells that word n is not
// zero. Most urgent is a bit scan, or two. Where the CPU has no instruction for that, the most urgent level has the lowest bit, which
// is found faster than the highest one.
#pragma once

#include "core/base/bit_scan.hpp"

#include <array>
#include <climits>
#include <cstddef>
#include <cstdint>

namespace pegplan::kernel {

template <std::size_t Levels>
class PriorityBitmap {
    using Word = std::uint64_t;
    static constexpr std::size_t bits = sizeof(Word) * CHAR_BIT;
    static constexpr std::size_t level_words = (Levels + bits - 1) / bits;
    // The summary is the last word; with a single word of levels, that word is its own summary.
    static constexpr std::size_t words = level_words > 1 ? level_words + 1 : 1;
    static constexpr std::size_t summary = words - 1;
    static_assert(level_words <= bits, "two levels of words reach 4096 priorities");

public:
    [[nodiscard]] bool empty() const noexcept { return words_[summary] == 0; }

    void insert(std::size_t level) noexcept
    {
        words_[word_of(level)] |= bit(level % bits);
        if constexpr (level_words > 1) {
            words_[summary] |= bit(level / bits);
        }
    }

    void remove(std::size_t level) noexcept
    {
        words_[word_of(level)] &= ~bit(level % bits);
        if constexpr (level_words > 1) {
            if (words_[level / bits] == 0) {
                words_[summary] &= ~bit(level / bits);
            }
        }
    }

    [[nodiscard]] bool contains(std::size_t level) const noexcept
    {
        return (words_[word_of(level)] & bit(level % bits)) != 0;
    }

    /// The largest member. Not to be called when empty.
    [[nodiscard]] std::size_t highest() const noexcept
    {
        if constexpr (level_words > 1) {
            const std::size_t word = highest_of(words_[summary]);
            return word * bits + highest_of(words_[word]);
        } else {
            return highest_of(words_[0]);
        }
    }

private:
    /// Where there is one word, nothing needs computing: the compiler does not know how large `level` is.
    static constexpr std::size_t word_of(std::size_t level) noexcept { return level_words > 1 ? level / bits : 0; }
    static constexpr Word bit(std::size_t index) noexcept
    {
        return config::bit_scan ? Word{1} << index : (Word{1} << (bits - 1)) >> index;
    }
    static constexpr std::size_t highest_of(Word word) noexcept
    {
        return config::bit_scan ? highest_bit(word) : bit_scan::leading_zeros_of_lowest(word);
    }

    std::array<Word, words> words_{};
};

}  // namespace pegplan::kernel
