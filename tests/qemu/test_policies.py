"""The scheduling policies that go by time: what they promise, and what of the other policies' behaviour holds with them.

docs/scheduling.md has the table of policies and features; test_gen_policies.py shows that what it forbids is refused.
"""

from __future__ import annotations

from typing import Mapping

import pytest

from harness import qemu
from qemu.test_applications import LIMIT_S, check

EDF: Mapping[str, qemu.Value] = {"SCHED_EDF": True}
FAIR: Mapping[str, qemu.Value] = {"SCHED_FAIR": True}

EDF_APPS = ("edf", "edf_errors", "edf_overrun")

AS_FIXED_PRIORITY = ("scheduling", "slices", "suspend", "priority", "sleep", "semaphore", "timers")
"""Without deadlines, SCHED_EDF is fixed priority: what these print does not change. (What lends priorities does: its mutexes are
plain.)"""

ANY_POLICY = ("spawn_errors", "thread_local", "format", "lock_free")
"""What does not depend on who runs when."""


@pytest.mark.core
@pytest.mark.parametrize("app", EDF_APPS)
def test_earliest_deadline_first(boot, app):
    check(boot, app, EDF)


@pytest.mark.core
@pytest.mark.slow
@pytest.mark.parametrize("app", AS_FIXED_PRIORITY)
def test_background_is_fixed_priority(boot, app):
    check(boot, app, EDF)


@pytest.mark.core
@pytest.mark.slow
def test_background_without_slices(boot):
    check(boot, "no_slices", {**EDF, "TIME_SLICING": False})


@pytest.mark.core
def test_fair_share(boot):
    check(boot, "fair", FAIR)


@pytest.mark.core
@pytest.mark.slow
def test_fair_share_with_a_periodic_tick(boot):
    """Slices end at ticks, and what was used beyond them is charged: the shares are the same."""
    check(boot, "fair", {**FAIR, "TICK_PERIODIC": True, "TICK_RATE_HZ": 10_000})


@pytest.mark.core
@pytest.mark.slow
@pytest.mark.parametrize("app", ANY_POLICY)
def test_fair_share_and_the_rest(boot, app):
    check(boot, app, FAIR)


@pytest.mark.arch("host")  # QEMU, when it counts, lets a CPU that spins go on for longer than slices are
@pytest.mark.parametrize("app, options", [("smp_edf", EDF), ("smp_fair", FAIR)], ids=["edf", "fair"])
def test_each_cpu_by_itself(boot, app, options):
    """The only placement with these policies, hence the default: SCHED_PARTITIONED."""
    check(boot, app, {**options, "CPUS": 2})


@pytest.mark.core
@pytest.mark.slow
@pytest.mark.parametrize("options", [EDF, FAIR], ids=["edf", "fair"])
def test_two_runs_are_the_same(boot, options):
    app = "edf" if options is EDF else "fair"
    assert boot(app, options, limit_s=LIMIT_S).text == boot(app, options, limit_s=LIMIT_S).text
