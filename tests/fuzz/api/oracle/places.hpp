// What threads wait for.
#pragma once

#include "../script.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace fuzz {

/// What a thread can wait for.
enum class WaitFor : std::uint8_t {
    end_of_thread,
    mutex,
    condition,
    semaphore,
    flags,
    message,
    room,
    writing,
    reading,
    latch,
    barrier,
    pipe_read,
    pipe_write,
    stop,
    robust,
    once,
    recursive,
    callback,  ///< the end of a call
    work,      ///< of the work queue's thread
    flush,
};

/// What a thread still has to do before its step is over, when it runs again.
enum class Next : std::uint8_t {
    nothing,
    call,          ///< a callback: first its flags
    sleep,         ///< then its sleep
    end_of_call,   ///< of a callback; the next one follows
    started,       ///< the work queue is
    join,          ///< the work queue's thread
    joined,
    flush,         ///< work number `sequel`, until it is done
    flush_at_last, ///< the delayed work, which nobody can submit meanwhile
};

/// What a thread wants to write to the pipe, or has read from it.
struct Transfer {
    std::array<std::uint8_t, most_bytes> bytes{};
    std::size_t size = 0;
    std::size_t moved = 0;
    std::size_t at_least = 0;
};

/// How a thread has the readers-writer lock.
enum class Hold : std::uint8_t { none, reading, writing };

/// A thing that a waiting thread waits for.
struct Place {
    WaitFor what{};
    int object = 0;      ///< number of the thread, of the mutex ...
    unsigned flags = 0;  ///< which, of event flags
    bool all = false;
    bool clears = false;
    int message = 0;     ///< to be sent
    bool in_front = false;
};

/// A condition under which all who wait go on.
inline constexpr auto anyway = [](const Place&) { return true; };

}  // namespace fuzz
