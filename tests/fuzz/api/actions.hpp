// What a step of a script can be.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace fuzz {

/// New ones go to the end, in front of `count`: the bytes of kept inputs then keep their meaning. ../README.md tells
/// what else an action needs.
enum class Action : std::uint8_t {
    end,                 ///< returns `worker * 100 + steps`
    yield,
    sleep,               ///< `amount` ms
    suspend,             ///< worker `target`, which may be itself
    resume,              ///< worker `target`
    set_priority,        ///< of worker `target` to `amount`
    spawn,               ///< worker `target` with priority `amount`, unless it has been spawned
    join,                ///< worker `target` for at most `amount` ms, if this one spawned it
    detach,              ///< worker `target`, if this one spawned it
    lock,                ///< mutex `target` for at most `amount` ms, unless it has it
    unlock,              ///< mutex `target`, if it has it
    exit,                ///< ends without a result
    sleep_until,         ///< `2 * amount` ms after the begin
    join_until,          ///< the same for a join
    join_forever,        ///< if it holds no mutex, so that no circle can wait for ever
    drop,                ///< detaches worker `target` by the end of its handle, if this one spawned it
    ask_finished,        ///< whether worker `target` has ended, if this one spawned it
    try_lock,            ///< mutex `target`, unless it has it
    lock_until,          ///< mutex `target`, until `2 * amount` ms after the begin, unless it has it
    lock_forever,        ///< mutex `target`, if it holds none of that number or above: no circle here either
    ask_priority,        ///< of worker `target`
    ask_state,           ///< of worker `target`
    ask_name,            ///< of worker `target`
    set_wrong_priority,  ///< of worker `target`
    spawn_wrongly,       ///< with mistake number `amount`
    ask_base_priority,   ///< of worker `target`
    acquire,             ///< semaphore `target`, for at most `amount` ms
    try_acquire,
    acquire_until,
    release,             ///< `units()` of semaphore `target`
    ask_units,           ///< of semaphore `target`
    wait_any_flag,       ///< of `flags()`, for at most `amount` ms
    try_any_flag,
    wait_any_flag_until,
    wait_all_flags,
    try_all_flags,
    wait_all_flags_until,
    set_flags,           ///< `flags()`
    clear_flags,
    wait_condition,      ///< that of mutex `target`, for at most `amount` ms, if it holds that, and none above
    wait_condition_until,
    notify_one,          ///< the condition of mutex `target`
    notify_all,
    send,                ///< to queue `target`, for at most `amount` ms
    try_send,
    send_until,
    send_front,
    try_send_front,
    receive,             ///< from queue `target`, for at most `amount` ms
    try_receive,
    receive_until,
    peek,                ///< at queue `target`
    ask_size,            ///< of queue `target`
    lock_rw,             ///< for writing, for at most `amount` ms, unless it has the readers-writer lock in some way
    try_lock_rw,
    lock_rw_until,
    lock_shared,         ///< for reading, likewise
    try_lock_shared,
    lock_shared_until,
    unlock_rw,           ///< in whatever way it has it
    ask_readers,         ///< how many there are, and -1 for a writer
    count_down,          ///< the latch by `units()`, if that is not below zero
    wait_latch,          ///< for at most `amount` ms
    try_latch,
    wait_latch_until,
    arrive,              ///< at the barrier, for at most `amount` ms
    arrive_until,
    drop_from_barrier,   ///< unless nobody would be left
    write,               ///< `bytes()` to the pipe, for at most `amount` ms
    try_write,
    write_until,
    read,                ///< up to `bytes()` from the pipe, and at least `least_bytes()`, for at most `amount` ms
    try_read,
    read_until,
    clear_pipe,
    ask_pipe_size,
    request_stop,        ///< at stop source `target`
    ask_stop,
    sleep_or_stop,       ///< for `amount` ms, unless a stop is requested at stop source `target`
    sleep_or_stop_until,
    wait_any,            ///< for what `choice()` says, for at most `amount` ms
    try_any,
    wait_any_until,
    start_timer,         ///< timer `target`, to expire once, in `amount` ms
    start_timer_at,
    start_periodic,      ///< with a period of `amount + 1` ms
    cancel_timer,
    ask_running,         ///< whether the timer runs
    ask_remaining,       ///< time to its next expiry
    ask_expirations,
    wait_any_again,      ///< for what `second_choice()` says, for at most `amount` ms
    try_any_again,
    call_once,           ///< once `target`; the function sleeps for `amount` ms
    lock_robust,         ///< the robust mutex, for at most `amount` ms, unless it has it; who ends with it dies with it
    try_lock_robust,
    lock_robust_until,
    make_consistent,     ///< if it has the robust mutex
    unlock_robust,
    lock_recursive,      ///< the recursive mutex, once more, for at most `amount` ms
    try_lock_recursive,
    lock_recursive_until,
    unlock_recursive,    ///< once, if it has it
    send_raw,            ///< bytes to the raw queue, for at most `amount` ms
    try_send_raw,
    send_raw_until,
    send_raw_front,
    try_send_raw_front,
    receive_raw,
    try_receive_raw,
    receive_raw_until,
    peek_raw,
    ask_raw_size,
    add_callback,        ///< for a stop at stop source `target`, unless it has one; the function sets flags and sleeps
    remove_callback,     ///< if it has one; waits for the end of a call
    start_queue,         ///< the work queue, unless somebody starts or stops it
    stop_queue,          ///< likewise, and unless somebody flushes
    submit_work,         ///< number `target`
    cancel_work,
    flush_work,          ///< if the queue runs
    flush_all_work,      ///< if the queue runs
    ask_work,            ///< whether it is to be done
    submit_delayed,      ///< the delayed work, now
    submit_after,        ///< in `amount` ms
    submit_at,
    cancel_delayed,
    cancel_delayed_and_wait,
    flush_delayed,       ///< if the queue runs
    ask_delayed,
    allocate_block,      ///< of the pool of blocks
    release_block,       ///< the one that it got last
    ask_blocks,          ///< how many are in use
    make_object,         ///< in the pool of objects
    destroy_object,
    ask_objects,
    count,
};

inline constexpr int action_count = static_cast<int>(Action::count);

/// What the operands of an action mean.
enum class Operand : std::uint8_t {
    none, worker, mutex, milliseconds, priority, time, mistake, semaphore, units, flags, queue,
    bytes, stop_source, choice, timer, period, second_choice, once, work,
};

struct ActionText {
    const char* name;
    Operand target = Operand::none;
    Operand amount = Operand::none;
};

/// In the order of the actions.
inline constexpr std::array<ActionText, action_count> action_texts{{
    {"end"},
    {"yield"},
    {"sleep", Operand::none, Operand::milliseconds},
    {"suspend", Operand::worker},
    {"resume", Operand::worker},
    {"set_priority", Operand::worker, Operand::priority},
    {"spawn", Operand::worker, Operand::priority},
    {"join", Operand::worker, Operand::milliseconds},
    {"detach", Operand::worker},
    {"lock", Operand::mutex, Operand::milliseconds},
    {"unlock", Operand::mutex},
    {"exit"},
    {"sleep_until", Operand::none, Operand::time},
    {"join_until", Operand::worker, Operand::time},
    {"join_forever", Operand::worker},
    {"drop", Operand::worker},
    {"ask_finished", Operand::worker},
    {"try_lock", Operand::mutex},
    {"lock_until", Operand::mutex, Operand::time},
    {"lock_forever", Operand::mutex},
    {"ask_priority", Operand::worker},
    {"ask_state", Operand::worker},
    {"ask_name", Operand::worker},
    {"set_wrong_priority", Operand::worker, Operand::mistake},
    {"spawn_wrongly", Operand::none, Operand::mistake},
    {"ask_base_priority", Operand::worker},
    {"acquire", Operand::semaphore, Operand::milliseconds},
    {"try_acquire", Operand::semaphore},
    {"acquire_until", Operand::semaphore, Operand::time},
    {"release", Operand::semaphore, Operand::units},
    {"ask_units", Operand::semaphore},
    {"wait_any_flag", Operand::flags, Operand::milliseconds},
    {"try_any_flag", Operand::flags},
    {"wait_any_flag_until", Operand::flags, Operand::time},
    {"wait_all_flags", Operand::flags, Operand::milliseconds},
    {"try_all_flags", Operand::flags},
    {"wait_all_flags_until", Operand::flags, Operand::time},
    {"set_flags", Operand::flags},
    {"clear_flags", Operand::flags},
    {"wait_condition", Operand::mutex, Operand::milliseconds},
    {"wait_condition_until", Operand::mutex, Operand::time},
    {"notify_one", Operand::mutex},
    {"notify_all", Operand::mutex},
    {"send", Operand::queue, Operand::milliseconds},
    {"try_send", Operand::queue},
    {"send_until", Operand::queue, Operand::time},
    {"send_front", Operand::queue, Operand::milliseconds},
    {"try_send_front", Operand::queue},
    {"receive", Operand::queue, Operand::milliseconds},
    {"try_receive", Operand::queue},
    {"receive_until", Operand::queue, Operand::time},
    {"peek", Operand::queue},
    {"ask_size", Operand::queue},
    {"lock_rw", Operand::none, Operand::milliseconds},
    {"try_lock_rw"},
    {"lock_rw_until", Operand::none, Operand::time},
    {"lock_shared", Operand::none, Operand::milliseconds},
    {"try_lock_shared"},
    {"lock_shared_until", Operand::none, Operand::time},
    {"unlock_rw"},
    {"ask_readers"},
    {"count_down", Operand::none, Operand::units},
    {"wait_latch", Operand::none, Operand::milliseconds},
    {"try_latch"},
    {"wait_latch_until", Operand::none, Operand::time},
    {"arrive", Operand::none, Operand::milliseconds},
    {"arrive_until", Operand::none, Operand::time},
    {"drop_from_barrier"},
    {"write", Operand::bytes, Operand::milliseconds},
    {"try_write", Operand::bytes},
    {"write_until", Operand::bytes, Operand::time},
    {"read", Operand::bytes, Operand::milliseconds},
    {"try_read", Operand::bytes},
    {"read_until", Operand::bytes, Operand::time},
    {"clear_pipe"},
    {"ask_pipe_size"},
    {"request_stop", Operand::stop_source},
    {"ask_stop", Operand::stop_source},
    {"sleep_or_stop", Operand::stop_source, Operand::milliseconds},
    {"sleep_or_stop_until", Operand::stop_source, Operand::time},
    {"wait_any", Operand::choice, Operand::milliseconds},
    {"try_any", Operand::choice},
    {"wait_any_until", Operand::choice, Operand::time},
    {"start_timer", Operand::timer, Operand::milliseconds},
    {"start_timer_at", Operand::timer, Operand::time},
    {"start_periodic", Operand::timer, Operand::period},
    {"cancel_timer", Operand::timer},
    {"ask_running", Operand::timer},
    {"ask_remaining", Operand::timer},
    {"ask_expirations", Operand::timer},
    {"wait_any_again", Operand::second_choice, Operand::milliseconds},
    {"try_any_again", Operand::second_choice},
    {"call_once", Operand::once, Operand::milliseconds},
    {"lock_robust", Operand::none, Operand::milliseconds},
    {"try_lock_robust"},
    {"lock_robust_until", Operand::none, Operand::time},
    {"make_consistent"},
    {"unlock_robust"},
    {"lock_recursive", Operand::none, Operand::milliseconds},
    {"try_lock_recursive"},
    {"lock_recursive_until", Operand::none, Operand::time},
    {"unlock_recursive"},
    {"send_raw", Operand::none, Operand::milliseconds},
    {"try_send_raw"},
    {"send_raw_until", Operand::none, Operand::time},
    {"send_raw_front", Operand::none, Operand::milliseconds},
    {"try_send_raw_front"},
    {"receive_raw", Operand::none, Operand::milliseconds},
    {"try_receive_raw"},
    {"receive_raw_until", Operand::none, Operand::time},
    {"peek_raw"},
    {"ask_raw_size"},
    {"add_callback", Operand::stop_source},
    {"remove_callback"},
    {"start_queue"},
    {"stop_queue"},
    {"submit_work", Operand::work},
    {"cancel_work", Operand::work},
    {"flush_work", Operand::work},
    {"flush_all_work"},
    {"ask_work", Operand::work},
    {"submit_delayed"},
    {"submit_after", Operand::none, Operand::milliseconds},
    {"submit_at", Operand::none, Operand::time},
    {"cancel_delayed"},
    {"cancel_delayed_and_wait"},
    {"flush_delayed"},
    {"ask_delayed"},
    {"allocate_block"},
    {"release_block"},
    {"ask_blocks"},
    {"make_object"},
    {"destroy_object"},
    {"ask_objects"},
}};
static_assert(action_texts.back().name != nullptr, "each action has a text");

constexpr const ActionText& text_of(Action action) noexcept
{
    return action_texts[static_cast<std::size_t>(action)];
}

}  // namespace fuzz
