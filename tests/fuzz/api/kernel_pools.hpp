// Plays the steps that are about pools on the kernel.
#pragma once

#include "answer.hpp"

#include <pegplan/fixed_pool.hpp>
#include <pegplan/object_pool.hpp>

#include <array>
#include <cstddef>
#include <cstring>

namespace fuzz {

class KernelPools {
public:
    Answer take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::allocate_block: return allocate(self);
        case Action::release_block: return release(self);
        case Action::ask_blocks: return answered(blocks_.in_use());
        case Action::make_object: return make(self);
        case Action::destroy_object: return destroy(self);
        case Action::ask_objects: return answered(objects_.in_use());
        default: return skipped;
        }
    }

    /// Gives everything back that the worker has.
    void leave(int self) noexcept
    {
        while (release(self).outcome != Outcome::skipped) {
        }
        while (destroy(self).outcome != Outcome::skipped) {
        }
    }

private:
    /// What one worker has: never more than there are.
    struct Held {
        std::array<void*, block_count> blocks{};
        int block_count_now = 0;
        std::array<pegplan::ObjectPool<int, object_count>::Handle, object_count> objects{};
        int object_count_now = 0;
    };

    Answer allocate(int self) noexcept
    {
        const pegplan::Result<void*> block = blocks_.allocate();
        if (!block) {
            return refused(block.error());
        }
        std::memset(*block, self, block_size);
        held_[index(self)].blocks[index(held_[index(self)].block_count_now++)] = *block;
        return done;
    }

    /// Reports whether it is as it was: nobody else has got it meanwhile.
    Answer release(int self) noexcept
    {
        Held& held = held_[index(self)];
        if (held.block_count_now == 0) {
            return skipped;
        }
        void* const block = held.blocks[index(--held.block_count_now)];
        std::array<std::byte, block_size> expected;
        expected.fill(static_cast<std::byte>(self));
        const bool untouched = std::memcmp(block, expected.data(), block_size) == 0;
        blocks_.release(block);
        return answered(untouched);
    }

    Answer make(int self) noexcept
    {
        auto object = objects_.make(self);
        if (!object) {
            return refused(object.error());
        }
        held_[index(self)].objects[index(held_[index(self)].object_count_now++)] = std::move(*object);
        return done;
    }

    Answer destroy(int self) noexcept
    {
        Held& held = held_[index(self)];
        if (held.object_count_now == 0) {
            return skipped;
        }
        auto& object = held.objects[index(--held.object_count_now)];
        const int value = *object;
        object.reset();
        return answered(value);
    }

    static constexpr std::size_t block_size = 24;

    alignas(pegplan::FixedPool::alignment)
        std::array<std::byte, pegplan::FixedPool::memory_for(block_count, block_size)> memory_{};
    pegplan::FixedPool blocks_{memory_, block_size};
    pegplan::ObjectPool<int, object_count> objects_;
    std::array<Held, worker_count> held_{};
};

}  // namespace fuzz
