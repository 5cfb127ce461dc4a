// Layout of a context, in bytes, for assembly and C++ alike; "arch/x86_64/context.hpp" has the structure and holds it
// against these numbers.
#pragma once

#define CONTEXT_STACK_POINTER 0
#define CONTEXT_RESUME_AT 8
// With THREAD_LOCAL_STORAGE:
#define CONTEXT_THREAD_POINTER 16
#define CONTEXT_LOAD_AND_RESUME_AT 24
