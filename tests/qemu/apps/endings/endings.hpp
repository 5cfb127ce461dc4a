// What the files of this application share.
#pragma once

#include <pegplan/pegplan.hpp>

#include <cstdint>

namespace endings {

using namespace pegplan;
using namespace std::chrono_literals;

inline constexpr Priority above{20};

/// What the compiler cannot know, so that it keeps calls and accesses as they are written.
template <class T>
[[gnu::noinline]] T opaque(T value)
{
    asm volatile("" : "+r"(value) : : "memory");
    return value;
}

template <int Code>
int returns()
{
    return Code;
}

/// Of faults.cpp.
int write_to_text();
int write_to_constants();
int execute_data();
int execute_stack();
int execute_constants();
int read_null();
int write_null();
int call_null();
int illegal_instruction();

/// Of misuse.cpp.
int relock();
int relock_with_limit();
int unlock_free();
int unlock_by_another();
int destroyed_while_locked();
int value_of_an_error();
int error_of_a_value();
int value_of_a_failure();
int error_of_a_success();
int print_in_a_formatter();
int pure_virtual();
int operator_delete();
int empty_optional();
int empty_function();
int out_of_range();
int out_of_range_of_a_map();
int invalid_argument();
int logic_error();
int length_error();
int unique_lock_twice();
int spin_relock();
int spin_unlock_free();
int spin_holder_blocks();

}  // namespace endings
