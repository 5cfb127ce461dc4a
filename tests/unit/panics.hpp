// Expressions that must panic: CHECK_PANICS(expression, "a part of the message").
#pragma once

#include <doctest/doctest.h>

#include <csetjmp>
#include <string>

namespace panics {

/// Where a panic goes instead of ending the program; null while none is expected. (Not an exception: what panics is noexcept.)
inline std::jmp_buf* target = nullptr;
inline std::string message;

}  // namespace panics

#define CHECK_PANICS(expression, part)                                      \
    do {                                                                    \
        std::jmp_buf target;                                                \
        panics::message.clear();                                            \
        if (setjmp(target) == 0) {                                          \
            panics::target = &target;                                       \
            static_cast<void>(expression);                                  \
        }                                                                   \
        panics::target = nullptr;                                           \
        CHECK_MESSAGE(panics::message.find(part) != std::string::npos, panics::message); \
    } while (false)
