// Shared ownership without a heap: an object that lives as long as somebody has an ArcLite of it, in memory that is
// used as long as somebody has a WeakLite besides.
//
//     ArcStorage<Config> storage;                                  // room for one; or any pool of blocks
//     ArcLite<Config> config = *ArcLite<Config>::make(storage, 115'200);
//     WeakLite<Config> observer = config.downgrade();              // does not keep it alive
//     if (const ArcLite<Config> still_there = observer.upgrade()) { use(still_there->baud_rate); }
//
// Object and counts stand in one block, which comes from a pool and goes back there. After the Arc of Rust's standard
// library and std::shared_ptr: all strong references together count as one weak reference.
//
// Callers: threads and ISRs, at any moment. The last reference destroys the object and returns the block in the context
// in which it is dropped, so the destructor and the pool must suit that. One ArcLite object is not shared between
// threads without a lock; they have one each.
//
// Invariants
//   I1  strong > 0: the object lives. strong never leaves 0 again: only who has a strong reference copies one, and
//       upgrade refuses at 0.
//   I2  weak = number of WeakLites, + 1 while the object lives or is being destroyed. weak > 0: the block is not given
//       back.
//   I3  Whoever brings a count to 0 is the only one to do so, and does alone what belongs to that.
//
// Memory orders
//   - Dropping is acq_rel: release, so that what this thread did to the object happens before its end; acquire, so that
//     who ends it comes after what all others did: they are read-modify-writes, so each continues the release sequences
//     of those before it. The same for the weak count and the block.
//   - Copying is relaxed: the new reference comes from one that exists, and how it reaches another thread is for that
//     passing to order.
//   - upgrade is relaxed: a weak reference comes from a strong one, so the object's construction happens before; and a
//     number that is found above 0 by the very exchange that raises it keeps the object alive, whatever else is known.
//   - ArcStorage: exchange and store of `is_used_`, acquire and release, hand the block from one object to the next.
//     Who destroys it knows that nobody refers to it, by means that order that; the load only checks.
//
// Progress: copying, downgrading and dropping are wait-free (but for the object's destructor); upgrade is lock-free: it
// begins again when another reference was taken or dropped.
//
// Overflow: each count goes up to 2^31 and then panics, so that it cannot wrap to 0 while references exist.
//
// Model test: tests/model/arc_lite_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>
#include <pegplan/result.hpp>

#include "core/base/check.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace pegplan {

/// What ArcLite::make takes blocks from. `allocate` returns null when there is none; `release` takes back what it
/// returned, in whatever context the last reference is dropped. Each block has this size and alignment, in bytes. The
/// pool outlives its blocks.
template <class P>
concept ArcPool = requires(P& pool, void* block) {
    { pool.allocate() } noexcept -> std::same_as<void*>;
    { pool.release(block) } noexcept;
    { P::block_size } -> std::convertible_to<std::size_t>;
    { P::block_alignment } -> std::convertible_to<std::size_t>;
};

namespace kernel {

/// A count of references.
template <class Atomics>
class ArcCount {
public:
    ArcCount() noexcept = default;

    /// One more, where there is one.
    void raise() noexcept
    {
        const std::uint32_t before = count_.fetch_add(1, std::memory_order_relaxed);
        check(before);
    }

    /// One more, unless there is none.
    [[nodiscard]] bool raise_unless_zero() noexcept
    {
        std::uint32_t count = count_.load(std::memory_order_relaxed);
        do {
            if (count == 0) {
                return false;
            }
            check(count);
        } while (!count_.compare_exchange_weak(count, count + 1, std::memory_order_relaxed, std::memory_order_relaxed));
        return true;
    }

    /// One less. Whether it was the last.
    [[nodiscard]] bool lower() noexcept
    {
        const std::uint32_t before = count_.fetch_sub(1, std::memory_order_acq_rel);
        return before == 1;
    }

    [[nodiscard]] std::uint32_t value() const noexcept { return count_.load(std::memory_order_relaxed); }

private:
    static constexpr std::uint32_t most = std::uint32_t{1} << 31U;

    static void check(std::uint32_t before) noexcept
    {
        // One comparison for both ends.
        if (before - 1 >= most - 1) [[unlikely]] {
            panic("ArcLite: a count of references is {}, outside of 1 to 2^31 - 1", before);
        }
    }

    typename Atomics::template atomic<std::uint32_t> count_{1};
};

/// What the pool's block holds.
template <class T, class Atomics>
struct ArcBlock {
    template <class... Arguments>
    ArcBlock(void (*give)(void*, void*), void* from, Arguments&&... arguments) noexcept
        : give_back{give}, pool{from}, object(std::forward<Arguments>(arguments)...)
    {}
    ~ArcBlock() {}

    ArcCount<Atomics> strong;
    ArcCount<Atomics> weak;
    void (*give_back)(void* pool, void* block);
    void* pool;
    union {
        T object;  ///< destroyed when `strong` becomes 0
    };

    void drop_strong() noexcept
    {
        if (strong.lower()) {
            std::destroy_at(std::addressof(object));
            drop_weak();
        }
    }

    void drop_weak() noexcept
    {
        if (weak.lower()) {
            const auto give = give_back;
            void* const to = pool;
            std::destroy_at(this);
            give(to, this);
        }
    }
};

}  // namespace kernel

template <class T, class Atomics = StdAtomics>
class WeakLite;

/// A strong reference, or none. Memory: one pointer; in the block 24 bytes besides the object.
template <class T, class Atomics = StdAtomics>
class ArcLite {
    using Block = kernel::ArcBlock<T, Atomics>;

public:
    using element_type = T;

    /// No reference.
    constexpr ArcLite() noexcept = default;

    /// Constructs a `T` in a block of the pool. Error::out_of_memory if it has none; then the arguments are as they
    /// were. From where the pool and the constructor may be called.
    template <ArcPool Pool, class... Arguments>
        requires std::is_nothrow_constructible_v<T, Arguments...>
    [[nodiscard]] static Result<ArcLite> make(Pool& pool, Arguments&&... arguments) noexcept
    {
        static_assert(Pool::block_size >= sizeof(Block), "the pool's blocks are too small for object and counts");
        static_assert(Pool::block_alignment % alignof(Block) == 0, "the pool's blocks are not aligned for the object");
        void* const memory = pool.allocate();
        if (memory == nullptr) {
            return Error::out_of_memory;
        }
        const auto give_back = [](void* to, void* block) { static_cast<Pool*>(to)->release(block); };
        return ArcLite{*new (memory) Block{give_back, &pool, std::forward<Arguments>(arguments)...}};
    }

    ArcLite(const ArcLite& other) noexcept : block_{other.block_}
    {
        if (block_ != nullptr) {
            block_->strong.raise();
        }
    }
    ArcLite(ArcLite&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
    ArcLite& operator=(ArcLite other) noexcept
    {
        std::swap(block_, other.block_);
        return *this;
    }
    ~ArcLite() { reset(); }

    /// Drops the reference, if there is one.
    void reset() noexcept
    {
        if (Block* const block = std::exchange(block_, nullptr)) {
            block->drop_strong();
        }
    }

    [[nodiscard]] T* get() const noexcept { return block_ == nullptr ? nullptr : std::addressof(block_->object); }
    [[nodiscard]] T& operator*() const noexcept { return *get(); }
    [[nodiscard]] T* operator->() const noexcept { return get(); }
    [[nodiscard]] explicit operator bool() const noexcept { return block_ != nullptr; }
    /// Whether both refer to the same object, or to none.
    [[nodiscard]] bool operator==(const ArcLite& other) const noexcept { return block_ == other.block_; }

    /// A weak reference to the same object, or none.
    [[nodiscard]] WeakLite<T, Atomics> downgrade() const noexcept
    {
        if (block_ == nullptr) {
            return {};
        }
        block_->weak.raise();
        return WeakLite<T, Atomics>{*block_};
    }

    /// How many strong references there are, at this moment: for tests and reports. 0 without a reference.
    [[nodiscard]] std::uint32_t strong_count() const noexcept { return block_ == nullptr ? 0 : block_->strong.value(); }

private:
    friend class WeakLite<T, Atomics>;
    explicit ArcLite(Block& block) noexcept : block_{&block} {}

    Block* block_ = nullptr;
};

/// A weak reference, or none: keeps the block, not the object.
template <class T, class Atomics>
class WeakLite {
    using Block = kernel::ArcBlock<T, Atomics>;

public:
    /// No reference.
    constexpr WeakLite() noexcept = default;
    WeakLite(const WeakLite& other) noexcept : block_{other.block_}
    {
        if (block_ != nullptr) {
            block_->weak.raise();
        }
    }
    WeakLite(WeakLite&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
    WeakLite& operator=(WeakLite other) noexcept
    {
        std::swap(block_, other.block_);
        return *this;
    }
    ~WeakLite() { reset(); }

    /// Drops the reference, if there is one.
    void reset() noexcept
    {
        if (Block* const block = std::exchange(block_, nullptr)) {
            block->drop_weak();
        }
    }

    /// A strong reference, or none if the object is gone. From threads and ISRs. Does not block.
    [[nodiscard]] ArcLite<T, Atomics> upgrade() const noexcept
    {
        return block_ != nullptr && block_->strong.raise_unless_zero() ? ArcLite<T, Atomics>{*block_}
                                                                       : ArcLite<T, Atomics>{};
    }

private:
    friend class ArcLite<T, Atomics>;
    explicit WeakLite(Block& block) noexcept : block_{&block} {}

    Block* block_ = nullptr;
};

/// Room for one object, where the caller wants it: a pool of one block. It is free again when the last reference, weak
/// ones included, is gone; destroying it earlier panics.
template <class T, class Atomics = StdAtomics>
class ArcStorage {
    using Block = kernel::ArcBlock<T, Atomics>;

public:
    static constexpr std::size_t block_size = sizeof(Block);
    static constexpr std::size_t block_alignment = alignof(Block);

    constexpr ArcStorage() noexcept = default;
    ArcStorage(const ArcStorage&) = delete;
    ArcStorage& operator=(const ArcStorage&) = delete;
    ~ArcStorage()
    {
        const std::uint32_t is_used = is_used_.load(std::memory_order_relaxed);
        kernel::invariant(is_used == 0, "ArcStorage: destroyed while references exist");
    }

    [[nodiscard]] void* allocate() noexcept
    {
        const std::uint32_t was_used = is_used_.exchange(1, std::memory_order_acquire);
        return was_used == 0 ? memory_ : nullptr;
    }

    void release(void*) noexcept { is_used_.store(0, std::memory_order_release); }

private:
    typename Atomics::template atomic<std::uint32_t> is_used_{0};
    alignas(Block) std::byte memory_[sizeof(Block)]{};
};

}  // namespace pegplan
