// Without HEAP_OPERATOR_NEW there is no operator new, so that an image that calls it does not link: the linker names the
// function, and where it is called. Destructors of classes with virtual destructors refer to operator delete all the same;
// nothing can reach it.
#include <pegplan/panic.hpp>

#include <cstddef>
#include <new>

void operator delete(void* pointer, std::size_t) noexcept
{
    pegplan::panic("operator delete of {}: this kernel has no heap", pointer);
}

void operator delete(void* pointer) noexcept
{
    pegplan::panic("operator delete of {}: this kernel has no heap", pointer);
}
