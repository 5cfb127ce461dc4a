"""Misuse of the primitives: each kind ends in a panic that says what was wrong, never in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from harness.report import boot_scenario, report_of

BLOCKING = "a blocking call was made from an interrupt handler"
LOCKED_BY_HANDLER = "a mutex was locked in an interrupt handler"
UNLOCKED_BY_HANDLER = "a mutex was unlocked in an interrupt handler"
RW_LOCK_IN_HANDLER = "a readers-writer lock was locked or left in an interrupt handler"
NOT_HELD = "a thread unlocks a mutex that it does not hold"
NOT_WRITTEN = "a readers-writer lock is left by a writer that does not hold it"
NOT_READ = "a readers-writer lock is left by a reader that does not hold it"
NOT_LOCKED = "a condition variable was given a lock that is not locked"
QUEUE_DESTROYED = "a message queue was destroyed while threads waited for it"
OWN_THREAD = "a work queue's own thread waits for its work to be done"
OTHER_QUEUE = "a work queue was given work that is in another one"

DESTRUCTIONS = {
    "destroyed_semaphore": "a semaphore was destroyed while threads waited for it",
    "destroyed_semaphore_with_limit": "a semaphore was destroyed while threads waited for it",
    "destroyed_semaphore_in_wait_any": "a semaphore was destroyed while threads waited for it",
    "destroyed_condition_variable": "a condition variable was destroyed while threads waited for it",
    "destroyed_event_flags": "event flags were destroyed while threads waited for them",
    "destroyed_latch": "a latch was destroyed while threads waited for it",
    "destroyed_barrier": "a barrier was destroyed while threads waited at it",
    "destroyed_once": "a Once was destroyed while its function ran",
    "destroyed_once_waited_for": "a Once was destroyed while its function ran",
    "destroyed_rw_lock_read": "a readers-writer lock was destroyed while it was in use",
    "destroyed_rw_lock_waited_for": "a readers-writer lock was destroyed while it was in use",
    "destroyed_mutex_waited_for": "a mutex was destroyed while it was locked",
    "destroyed_robust_mutex": "a mutex was destroyed while it was locked",
    "destroyed_queue_with_receiver": QUEUE_DESTROYED,
    "destroyed_queue_with_sender": QUEUE_DESTROYED,
    "destroyed_mailbox_with_sender": QUEUE_DESTROYED,
    "destroyed_raw_queue_with_sender": QUEUE_DESTROYED,
    "destroyed_pipe_with_reader": "a pipe was destroyed while threads waited for it",
    "destroyed_pipe_with_writer": "a pipe was destroyed while threads waited for it",
    "destroyed_stop_source": "a stop source was destroyed while threads waited for it",
    "destroyed_stop_source_with_callback": "a stop source was destroyed before the callbacks registered with it",
    "destroyed_work_to_be_done": "work was destroyed while it was to be done",
    "destroyed_work_being_done": "work was destroyed while it was being done",
    "destroyed_work_queue_with_work": "a work queue was destroyed while there was work in it",
    "destroyed_mailbox_with_receiver": QUEUE_DESTROYED,
    "destroyed_raw_queue_with_receiver": QUEUE_DESTROYED,
    "destroyed_recursive_mutex": "a mutex was destroyed while it was locked",
    "destroyed_rw_lock_written": "a readers-writer lock was destroyed while it was in use",
    "destroyed_binary_semaphore": "a semaphore was destroyed while threads waited for it",
}

HANDLERS = {
    "handler_locks_a_mutex_of_another": LOCKED_BY_HANDLER,
    "handler_locks_a_mutex_of_the_interrupted": LOCKED_BY_HANDLER,
    "handler_locks_a_recursive_mutex_of_the_interrupted": LOCKED_BY_HANDLER,
    "handler_locks_a_robust_mutex": LOCKED_BY_HANDLER,
    "handler_unlocks_a_mutex_with_waiters": UNLOCKED_BY_HANDLER,
    "handler_locks_a_free_mutex": LOCKED_BY_HANDLER,
    "handler_unlocks_a_mutex": UNLOCKED_BY_HANDLER,
    "handler_writes_a_free_rw_lock": RW_LOCK_IN_HANDLER,
    "handler_waits_to_write": RW_LOCK_IN_HANDLER,
    "handler_waits_to_read": RW_LOCK_IN_HANDLER,
    "handler_waits_for_a_condition": BLOCKING,
    "handler_acquires": BLOCKING,
    "handler_acquires_with_limit": BLOCKING,
    "handler_waits_for_flags": BLOCKING,
    "handler_waits_at_a_latch": BLOCKING,
    "handler_waits_at_a_barrier": BLOCKING,
    "handler_waits_for_once": BLOCKING,
    "handler_receives": BLOCKING,
    "handler_sends": BLOCKING,
    "handler_reads_a_pipe": BLOCKING,
    "handler_writes_a_pipe": BLOCKING,
    "handler_waits_for_any": BLOCKING,
    "handler_sleeps": BLOCKING,
    "handler_joins": BLOCKING,
    "handler_flushes": BLOCKING,
    "handler_yields": "an interrupt handler yields",
    "handler_exits": "an interrupt handler ends a thread",
    "handler_spawns": "a thread was spawned from an interrupt handler",
    "handler_waits_for_a_condition_with_limit": BLOCKING,
    "handler_waits_for_all_flags": BLOCKING,
    "handler_arrives_at_a_barrier_with_limit": BLOCKING,
    "handler_sends_to_a_mailbox": BLOCKING,
    "handler_receives_from_a_mailbox": BLOCKING,
    "handler_sends_bytes": BLOCKING,
    "handler_receives_bytes": BLOCKING,
    "handler_sleeps_until_a_stop": BLOCKING,
    "handler_removes_a_callback_that_runs": BLOCKING,
    "handler_joins_with_limit": BLOCKING,
    "handler_stops_a_work_queue": BLOCKING,
    "handler_starts_a_work_queue": "a thread was spawned from an interrupt handler",
    "handler_waits_for_the_end_of_delayed_work": BLOCKING,
}

WITH_ASSERTIONS = ("handler_locks_a_free_mutex", "handler_unlocks_a_mutex", "handler_writes_a_free_rw_lock")
"""Where the path on which nobody competes is too short to look at the context: seen in debug builds."""

OTHERS = {
    "recursive_unlocked_by_another": NOT_HELD,
    "recursive_unlocked_too_often": NOT_HELD,
    "guard_destroyed_by_another": NOT_HELD,
    "robust_guard_destroyed_by_another": NOT_HELD,
    "contended_mutex_unlocked_by_another": NOT_HELD,
    "rw_lock_free_unlocked": NOT_WRITTEN,
    "rw_lock_free_unlocked_shared": NOT_READ,
    "rw_lock_unlocked_by_another": NOT_WRITTEN,
    "rw_lock_unlocked_by_waiting_writer": NOT_WRITTEN,
    "rw_lock_read_and_unlocked": NOT_WRITTEN,
    "rw_lock_written_and_unlocked_shared": NOT_READ,
    "rw_lock_written_twice": "a thread locks a readers-writer lock that it writes",
    "rw_lock_written_and_read": "a thread locks a readers-writer lock that it writes",
    "condition_without_lock": NOT_LOCKED,
    "condition_with_guard_moved_from": NOT_LOCKED,
    "condition_with_lock_of_another": NOT_HELD,
    "semaphore_overflow": "semaphore: release of 1 beyond the maximum of 2",
    "semaphore_overflow_with_waiter": "semaphore: release of 4 beyond the maximum of 2",
    "semaphore_release_of_nothing": "semaphore: release of 0 units",
    "semaphore_negative_release": "semaphore: release of -1 units",
    "semaphore_of_too_many": "semaphore: 3 units of at most 2",
    "semaphore_of_less_than_none": "semaphore: -1 units of at most 2",
    "semaphore_of_maximum_zero": "semaphore: 0 units of at most 0",
    "latch_below_zero": "latch: a count of 1 was lowered by 2",
    "latch_raised": "latch: a count of 2 was lowered by -1",
    "latch_negative": "latch: a count of -1",
    "barrier_of_too_many": "barrier: more threads arrive than the 1 of its group",
    "barrier_of_nobody": "barrier: a group of 0",
    "barrier_left_twice": "barrier: a thread leaves a group that it is not in",
    "barrier_arrival_after_the_last_has_left": "barrier: more threads arrive than the 0 of its group",
    "flags_wait_for_none": "event flags: a wait for no flag would never end",
    "flags_wait_for_all_of_none": "event flags: a wait for no flag would not wait",
    "timer_period_zero": "timer: a period of 0ns",
    "timer_period_negative": "timer: a period of -1ns",
    "owner_ends_while_others_wait": "thread 'careless' ended while it had a mutex that is not robust",
    "owner_has_ended": "a thread waits for a mutex whose owner has ended",
    "robust_value_of_dead_owner": "use of a value whose owner died, before make_consistent()",
    "once_whose_caller_has_ended": "a thread waits for a Once whose caller has ended",
    "once_in_itself": "a function that is called once calls its own Once",
    "work_flushes_its_queue": OWN_THREAD,
    "work_stops_its_queue": OWN_THREAD,
    "work_in_two_queues": OTHER_QUEUE,
    "work_cancelled_elsewhere": OTHER_QUEUE,
    "stop_without_source": "a wait for a request that nobody can make would never end",
    "ceiling_too_low": "a thread of priority 15 locks a mutex whose ceiling is 10",
    "delayed_work_flushes_itself": OWN_THREAD,
    "work_flushed_elsewhere": OTHER_QUEUE,
    "message_of_another_size": "a message of 7 bytes for a queue of messages of 8",
}

SCENARIOS = (*DESTRUCTIONS, *HANDLERS, *OTHERS)
"""As in apps/misuse: its lists, one after the other."""

CEILING = ("ceiling_too_low",)

MESSAGES = DESTRUCTIONS | HANDLERS | OTHERS


def behind(names: Iterable[str], last: str) -> list[str]:
    """The names behind that one."""
    names = list(names)
    return names[names.index(last) + 1:]


OTHER_FORMS = (*behind(DESTRUCTIONS, "destroyed_work_queue_with_work"), *behind(HANDLERS, "handler_spawns"),
               *behind(OTHERS, "ceiling_too_low"))
"""Forms of scenarios in front of them, for the primitives and calls that those leave out: on the host alone, since the checks are the
same on all boards."""


def check(boot, scenario: str, message: str, **configuration) -> None:
    __tracebackhide__ = True
    report = report_of(boot_scenario(boot, "misuse", SCENARIOS.index(scenario), **configuration), scenario)
    assert report.message == message
    assert re.fullmatch(r"at core/[a-z_/]+\.(?:cpp|hpp):\d+ in .*", report.place)


@pytest.mark.arch("host")
@pytest.mark.parametrize("scenario", OTHER_FORMS)
def test_other_forms(boot, scenario):
    check(boot, scenario, MESSAGES[scenario])


@pytest.mark.core
@pytest.mark.parametrize("scenario", [scenario for scenario in DESTRUCTIONS if scenario not in OTHER_FORMS])
def test_destruction_while_threads_wait(boot, scenario):
    check(boot, scenario, DESTRUCTIONS[scenario])


@pytest.mark.core
@pytest.mark.parametrize("scenario", [scenario for scenario in HANDLERS if scenario not in (*WITH_ASSERTIONS, *OTHER_FORMS)])
def test_call_from_a_handler(boot, scenario):
    check(boot, scenario, HANDLERS[scenario])


@pytest.mark.core
@pytest.mark.slow
@pytest.mark.parametrize("scenario", WITH_ASSERTIONS)
def test_call_from_a_handler_with_assertions(boot, scenario):
    check(boot, scenario, HANDLERS[scenario], profile="debug")


@pytest.mark.core
@pytest.mark.parametrize("scenario", [scenario for scenario in OTHERS if scenario not in (*CEILING, *OTHER_FORMS)])
def test_misuse(boot, scenario):
    check(boot, scenario, OTHERS[scenario])


@pytest.mark.core
@pytest.mark.slow
@pytest.mark.parametrize("scenario", CEILING)
def test_misuse_of_ceilings(boot, scenario):
    check(boot, scenario, OTHERS[scenario], options={"MUTEX_CEILING": True})
