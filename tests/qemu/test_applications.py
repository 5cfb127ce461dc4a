"""Applications that check themselves by what they print.

Each application of apps/ with a file `expected.txt` prints exactly that, on every board and in every configuration in
which it is run: the order of events follows from priorities and from virtual time, and is the same everywhere.
"""

from __future__ import annotations

from typing import Mapping, Optional

import pytest

from harness import qemu

Options = Mapping[str, qemu.Value]

DEFAULT = (
    "spawn", "join", "lifetime", "scheduling", "suspend", "priority", "identity", "spawn_errors",
    "sleep", "slices", "mutex", "mutex_kinds", "inheritance", "semaphore", "condition_variable", "event_flags", "meeting",
    "rw_lock", "message_queue", "pipe", "timers", "work_queue", "stop_token", "isr_calls",
    "corner_cases", "inheritance_states", "cxx", "thread_local", "thread_local_interrupts", "format", "fp", "tiny_stacks",
    "spin_lock", "lock_free",
)
"""With the menu's defaults."""

SMOKE = ("spawn", "scheduling", "slices", "mutex", "inheritance", "message_queue", "timers", "isr_calls", "fp", "thread_local")
"""What rests on a machine most: switches, interrupts, timers, registers."""

OTHER_OPTIONS: tuple[tuple[str, Options, tuple[str, ...]], ...] = (
    ("periodic_tick", {"TICK_PERIODIC": True}, ("sleep", "slices", "scheduling", "suspend", "join")),
    ("timer_thread", {"TIMER_CALLBACKS_IN_THREAD": True}, ("timers", "work_queue", "stop_token", "corner_cases")),
    ("ceiling", {"MUTEX_CEILING": True}, ("ceiling", "semaphore")),
    ("plain_mutex", {"MUTEX_PLAIN": True, "RWLOCK_READERS_FIRST": True}, ("mutex", "rw_lock_readers_first")),
    ("round_robin", {"SCHED_ROUND_ROBIN": True}, ("round_robin",)),
    ("no_slices", {"TIME_SLICING": False}, ("no_slices",)),
    ("large_thread_locals", {"MAIN_STACK_SIZE": 192 * 1024}, ("thread_local_large",)),
    ("many", {"MAX_THREADS": 2000, "NUM_PRIORITIES": 256}, ("many_threads", "many_waiters", "leaks")),
)

PROFILES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("debug", ("stats", "spawn", "join", "lifetime", "mutex", "cxx", "fp", "format", "spin_lock", "lock_free")),
    ("speed", ("spawn", "join", "lifetime", "mutex", "suspend", "slices", "lock_free")),
    ("minimal", ("minimal", "tiny_stacks")),
)

REAL_TIME: tuple[tuple[str, Options], ...] = (
    ("format", {}),
    ("cxx", {}),
    ("thread_local", {}),
    ("fp", {}),
    ("tiny_stacks", {}),
    ("lock_free", {}),
    # Equals keep their order only if no slice ends, and in real time any may.
    ("spawn", {"TIME_SLICING": False}),
)
"""What does not depend on how long anything takes."""

LIMIT_S = 60.0


def expected(app: str) -> list[str]:
    """What the application prints."""
    return (qemu.TEST_APPS / app / "expected.txt").read_text(encoding="utf-8").splitlines()


def check(boot, app: str, options: Optional[Options] = None, profile: str = qemu.DEFAULT_PROFILE, icount: bool = True) -> None:
    __tracebackhide__ = True
    result = boot(app, options, profile=profile, icount=icount, limit_s=LIMIT_S)
    assert result.lines == expected(app)
    assert result.code == 0


@pytest.mark.parametrize("app", [pytest.param(app, marks=pytest.mark.smoke if app in SMOKE else ()) for app in DEFAULT])
def test_default(boot, app):
    check(boot, app)


@pytest.mark.core
@pytest.mark.slow
def test_leaks(boot):
    check(boot, "leaks")


@pytest.mark.slow
@pytest.mark.parametrize("options, app", [
    pytest.param(options, app, id=f"{name}-{app}") for name, options, apps in OTHER_OPTIONS for app in apps
])
@pytest.mark.core
def test_options(boot, options, app):
    check(boot, app, options)


@pytest.mark.slow
@pytest.mark.arch("x86_64", "aarch64", "riscv64")  # no process can make the unit trap
@pytest.mark.parametrize("app", ["fp", "tiny_stacks", "scheduling", "thread_local"])
def test_lazy_fp(boot, app):
    check(boot, app, {"FP_LAZY": True})


@pytest.mark.slow
@pytest.mark.parametrize("profile, app", [
    pytest.param(profile, app, id=f"{profile}-{app}") for profile, apps in PROFILES for app in apps
])
@pytest.mark.core
def test_profile(boot, profile, app):
    check(boot, app, profile=profile)


@pytest.mark.slow
@pytest.mark.parametrize("app, options", [pytest.param(app, options, id=app) for app, options in REAL_TIME])
def test_real_time(boot, app, options):
    check(boot, app, options, icount=False)
