// What the headers of the C++ standard library call when they are misused. There are no exceptions here: each is the end
// of the machine, with the library's own words and a stack trace that shows the caller.
#include <pegplan/panic.hpp>

#include <bits/functexcept.h>

using pegplan::panic;

// The value of an empty optional, the wrong alternative of a variant.
extern "C" [[gnu::noreturn]] void abort() noexcept
{
    panic("abort() was called");
}

namespace std {

void __throw_system_error(int code)
{
    // Of std::unique_lock: EPERM without a mutex, EDEADLK when it holds the mutex already.
    panic("std::system_error: error number {}", code);
}

void __throw_logic_error(const char* what)
{
    panic("std::logic_error: {}", what);
}

void __throw_invalid_argument(const char* what)
{
    panic("std::invalid_argument: {}", what);
}

void __throw_length_error(const char* what)
{
    panic("std::length_error: {}", what);
}

void __throw_out_of_range(const char* what)
{
    panic("std::out_of_range: {}", what);
}

void __throw_out_of_range_fmt(const char* what, ...)
{
    // In the manner of printf; the values are in the registers that the panic shows.
    panic("std::out_of_range: {}", what);
}

void __throw_bad_alloc()
{
    panic("std::bad_alloc: this kernel has no heap");
}

void __throw_bad_array_new_length()
{
    panic("std::bad_array_new_length: this kernel has no heap");
}

void __throw_bad_function_call()
{
    panic("std::bad_function_call: an empty std::function was called");
}

}  // namespace std
