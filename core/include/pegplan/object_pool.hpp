// Room for a fixed number of objects of one type.
//
//     static ObjectPool<Packet, 32> packets;
//     if (auto packet = packets.make(source, length)) {   // Result<ObjectPool<Packet, 32>::Handle>
//         queue.send(std::move(*packet));
//     }                                                   // the handle destroys the packet, wherever it ends
//
// A static pool is in .bss and needs no start-up code. How the places are kept, and what that costs, says
// <pegplan/fixed_pool.hpp>.
#pragma once

#include <pegplan/result.hpp>

#include "core/base/check.hpp"
#include "core/base/index_pool.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace pegplan {

/// Room for `N` objects of type `T`, 4 bytes more for each. Places are handed out and taken back in constant time, but for others
/// who do so at the same moment (lock-free). All calls but destruction are for any context, interrupt handlers
/// included, as far as T's own constructor and destructor are. Nothing blocks.
template <class T, std::size_t N>
    requires(N > 0 && N < kernel::no_index && std::is_object_v<T> && !std::is_array_v<T>)
class ObjectPool {
public:
    /// Ends an object's life and gives its place back: what a Handle does.
    struct Destroy {
        ObjectPool* pool = nullptr;
        void operator()(T* object) const noexcept { pool->destroy(object); }
    };

    /// Owns an object: a std::unique_ptr.
    using Handle = std::unique_ptr<T, Destroy>;

    constexpr ObjectPool() noexcept : nothing_{} {}
    /// Panics while there are objects.
    ~ObjectPool() { kernel::invariant(in_use() == 0, "a pool was destroyed with {} objects in it", in_use()); }
    ObjectPool(const ObjectPool&) = delete;
    ObjectPool& operator=(const ObjectPool&) = delete;

    /// A new object, which lives as long as the handle. Errors: out_of_memory (there are N already).
    template <class... Arguments>
        requires(std::is_constructible_v<T, Arguments...>)
    [[nodiscard]] Result<Handle> make(Arguments&&... arguments) noexcept
    {
        Result<T*> object = create(std::forward<Arguments>(arguments)...);
        if (!object) {
            return object.error();
        }
        return Handle{*object, Destroy{this}};
    }

    /// A new object, to be given to `destroy`. Errors: out_of_memory.
    template <class... Arguments>
        requires(std::is_constructible_v<T, Arguments...>)
    [[nodiscard]] Result<T*> create(Arguments&&... arguments) noexcept
    {
        const Result<void*> place = allocate();
        if (!place) {
            return place.error();
        }
        return ::new (*place) T(std::forward<Arguments>(arguments)...);
    }

    /// Ends the life of an object of this pool. Panics when it is none, or has been destroyed already.
    void destroy(T* object) noexcept
    {
        const kernel::Index index = recall(object);
        std::destroy_at(object);
        pool_.give(links_.data(), index);
    }

    /// A place for an object, which the caller constructs there, or nothing. Errors: out_of_memory.
    [[nodiscard]] Result<void*> allocate() noexcept
    {
        const kernel::Index index = pool_.take(links_.data(), N);
        if (index == kernel::no_index) {
            return Error::out_of_memory;
        }
        return static_cast<void*>(begin() + index * sizeof(Place));
    }

    /// Takes back a place in which no object lives any more. Panics when it is none of this pool's, or has been released already.
    void release(void* place) noexcept { pool_.give(links_.data(), recall(place)); }

    /// N.
    [[nodiscard]] static constexpr std::size_t capacity() noexcept { return N; }

    /// How many places are in use, each looked at at a moment of its own. Linear in N.
    [[nodiscard]] std::size_t in_use() const noexcept
    {
        std::size_t count = 0;
        for (const Link& link : links_) {
            count += Pool::is_out(link) ? 1 : 0;
        }
        return count;
    }

private:
    using Pool = kernel::IndexPool<>;
    using Link = Pool::Link;

    struct alignas(T) Place {
        std::byte bytes[sizeof(T)];
    };

    /// The number of a place that is in use, and from now on is not.
    kernel::Index recall(const void* place) noexcept
    {
        const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(place) - begin());
        const std::size_t index = offset / sizeof(Place);
        kernel::invariant(index < N && index * sizeof(Place) == offset, "{} is not in this pool", place);
        kernel::invariant(pool_.recall(links_.data(), static_cast<kernel::Index>(index)),
                          "{} goes back to its pool twice", place);
        return static_cast<kernel::Index>(index);
    }

    [[nodiscard]] std::byte* begin() noexcept { return reinterpret_cast<std::byte*>(&places_); }

    union {
        char nothing_;  // to begin with, so that a static pool needs no start-up code
        Place places_[N];
    };
    std::array<Link, N> links_{};
    Pool pool_;
};

}  // namespace pegplan
