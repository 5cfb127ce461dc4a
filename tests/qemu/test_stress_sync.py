"""All primitives at once, at random (apps/stress_sync): the same for a seed under icount, different in real time."""

from __future__ import annotations

import pytest

from harness.report import boot_scenario

MILLISECONDS = 150
SEEDS = (1, 2, 3, 4, 5)
REAL_TIME_MILLISECONDS = 1000
LIMIT_S = 60.0


def number(seed: int, milliseconds: int) -> int:
    """What the application finds in memory."""
    return seed | milliseconds << 16


def check(result) -> None:
    """Nothing was lost, doubled or mixed, and each operation was done: else the test has shown nothing of it."""
    __tracebackhide__ = True
    assert (result.lines[-1], result.code) == ("all is well", 0)
    counts = {name: int(count) for name, count in (line.split(": ") for line in result.lines[:-1])}
    assert len(counts) == 20
    assert all(count > 0 for count in counts.values()), counts


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_all_at_once(boot, seed):
    check(boot_scenario(boot, "stress_sync", number(seed, MILLISECONDS), limit_s=LIMIT_S))


@pytest.mark.core
@pytest.mark.slow
def test_a_seed_is_a_run(boot):
    first, second = (boot_scenario(boot, "stress_sync", number(SEEDS[0], 20), limit_s=LIMIT_S) for _ in range(2))
    assert first.text == second.text


@pytest.mark.slow
@pytest.mark.arch("host")
@pytest.mark.parametrize("options", [{}, {"TIMER_CALLBACKS_IN_THREAD": True}], ids=["handler", "thread"])
def test_all_at_once_in_real_time(boot, options):
    check(boot_scenario(boot, "stress_sync", number(SEEDS[0], REAL_TIME_MILLISECONDS), icount=False, options=options, limit_s=LIMIT_S))


@pytest.mark.core
@pytest.mark.slow
@pytest.mark.parametrize("options", [{"MUTEX_CEILING": True}, {"MUTEX_PLAIN": True, "RWLOCK_READERS_FIRST": True}],
                         ids=["ceiling", "plain"])
def test_all_at_once_with_other_options(boot, options):
    check(boot_scenario(boot, "stress_sync", number(SEEDS[0], MILLISECONDS), options=options, limit_s=LIMIT_S))
