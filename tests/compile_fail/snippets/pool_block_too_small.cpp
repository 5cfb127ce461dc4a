// expect: the pool's blocks are too small for object and counts
#include <pegplan/arc_lite.hpp>

struct Pool {
    static constexpr std::size_t block_size = 8;
    static constexpr std::size_t block_alignment = 8;
    void* allocate() noexcept { return nullptr; }
    void release(void*) noexcept {}
};

void snippet(Pool& pool)
{
    auto arc = pegplan::ArcLite<int>::make(pool, 1);
}
