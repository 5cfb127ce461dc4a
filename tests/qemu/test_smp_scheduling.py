"""Several CPUs: threads run where they may and are due, and an application on one of the CPUs runs as on one that is alone."""

from __future__ import annotations

import pytest

from qemu import test_applications
from qemu.test_applications import expected

LIMIT_S = 200.0
USUAL = {"TIME_SLICE_US": 1000}
"""Shared with test_smp.py, and so are the kernels."""

STEALING = {"SCHED_PARTITIONED": True, "SCHED_STEALING": True}
PLACEMENTS = {"global": {}, "partitioned": {"SCHED_PARTITIONED": True}, "stealing": STEALING}


def check(boot, app: str, options, icount: bool) -> None:
    __tracebackhide__ = True
    result = boot(app, options, icount=icount, limit_s=LIMIT_S)
    assert result.lines == expected(app)
    assert result.code == 0


def counts_instructions(boot) -> bool:
    """On emulated boards, where a CPU that counts spins until its turn is over, several CPUs run in real time, and in parallel."""
    return boot.board.is_process


CASES = pytest.mark.parametrize("cpus, placement", [
    pytest.param(4, "global", marks=pytest.mark.smoke),
    pytest.param(2, "global", marks=pytest.mark.slow),
    pytest.param(4, "partitioned", marks=pytest.mark.slow),
    pytest.param(4, "stealing", marks=pytest.mark.slow),
])


@CASES
def test_threads_run_where_they_may(boot, cpus, placement):
    check(boot, "smp_placement", {"CPUS": cpus, **USUAL, **PLACEMENTS[placement]}, counts_instructions(boot))


@CASES
def test_cpus_stop_and_start_at_run_time(boot, cpus, placement):
    check(boot, "smp_cpu_control", {"CPUS": cpus, **USUAL, **PLACEMENTS[placement]}, counts_instructions(boot))


@CASES
def test_nobody_waits_who_is_due(boot, cpus, placement):
    check(boot, "smp_stress", {"CPUS": cpus, **USUAL, **PLACEMENTS[placement]}, counts_instructions(boot))


@pytest.mark.slow
def test_idle_cpus_take_over_threads_that_wait(boot):
    check(boot, "smp_stealing", {"CPUS": 4, **USUAL, **STEALING}, counts_instructions(boot))


@pytest.mark.slow
@pytest.mark.arch("host")
def test_idle_cpus_take_over_by_shares(boot):
    check(boot, "smp_stealing", {"CPUS": 4, **USUAL, **STEALING, "SCHED_FAIR": True}, True)


@pytest.mark.slow
@pytest.mark.arch("host")
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_nobody_waits_who_is_due_in_real_time(boot, placement):
    check(boot, "smp_stress", {"CPUS": 4, **USUAL, **PLACEMENTS[placement]}, False)


@pytest.mark.core
@pytest.mark.slow
@pytest.mark.parametrize("app", test_applications.DEFAULT)
def test_as_on_one_cpu(boot, app):
    """Threads inherit the affinity of main, so that the order of events is that of one CPU."""
    check(boot, app, {"CPUS": 4, "MAIN_ON_FIRST_CPU": True}, True)


@pytest.mark.core
@pytest.mark.slow
@pytest.mark.parametrize("app", ["round_robin"])
def test_as_on_one_cpu_with_round_robin(boot, app):
    check(boot, app, {"CPUS": 2, "MAIN_ON_FIRST_CPU": True, "SCHED_ROUND_ROBIN": True}, True)
