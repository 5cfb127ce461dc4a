// The other half of the application's thread_local variables.
#include "variables.hpp"

#include <atomic>

thread_local std::int64_t in_other_source = 1000;

namespace {

std::atomic<int> constructions{0};

}  // namespace

Counted::Counted() noexcept : number{++constructions} {}

thread_local Counted constructed_in_other_source;

std::int64_t read_in_other_source() noexcept
{
    return in_other_source;
}

int* address_of_in_header() noexcept
{
    return &in_header;
}
