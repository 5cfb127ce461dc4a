// thread_local variables that several sources of the application use.
#pragma once

#include <pegplan/thread.hpp>

#include <cstdint>
#include <string_view>

/// Defined in other.cpp; starts as 1000.
extern thread_local std::int64_t in_other_source;

/// Defined in other.cpp, with a constructor: it counts its objects.
struct Counted {
    Counted() noexcept;
    int number;
};
extern thread_local Counted constructed_in_other_source;

/// The same object for all sources.
inline thread_local int in_header = 7;

/// What the other source sees.
std::int64_t read_in_other_source() noexcept;
int* address_of_in_header() noexcept;

/// The part of the test in constructors.cpp.
void constructors();

/// The calling thread's.
inline std::string_view name() noexcept
{
    return pegplan::this_thread::current().name();
}
