"""Several CPUs: they come up, and end together."""

from __future__ import annotations

import re

import pytest

from harness.report import PANIC_CODE, Report, boot_scenario
from qemu.test_applications import expected
from qemu.test_guards import FAULT

LIMIT_S = 120.0
FEW = (pytest.param(2, marks=pytest.mark.slow), 4)
MANY = 64

ENDINGS = ("main_returns", "fault_on_the_last_cpu", "panic_while_others_print", "faults_on_all_cpus",
           "panic_while_a_cpu_is_stopped")
"""As in apps/smp_endings/main.cpp."""

CPUS = 4


def check_start(boot, cpus: int, icount: bool = True) -> None:
    """Each CPU says that it is there, and nothing that the application checks goes wrong."""
    __tracebackhide__ = True
    options = {"CPUS": cpus, "TIME_SLICE_US": 1000, **({"MAX_THREADS": 2 * cpus + 8} if cpus > CPUS else {})}
    result = boot("smp_start", options, icount=icount, limit_s=LIMIT_S)
    assert result.lines == [f"CPU {cpu} is up" for cpu in range(cpus)] + expected("smp_start")
    assert result.code == 0


@pytest.mark.smoke
@pytest.mark.parametrize("cpus", FEW)
def test_cpus_start(boot, cpus):
    check_start(boot, cpus)


@pytest.mark.slow
@pytest.mark.parametrize("cpus", FEW)
def test_cpus_start_in_real_time(boot, cpus):
    check_start(boot, cpus, icount=False)


@pytest.mark.smoke
def test_many_cpus_start(boot):
    """In real time: where QEMU counts instructions, a CPU that computes keeps the others waiting for 100 ms of the clock each time,
    which takes minutes with 64 of them."""
    check_start(boot, min(MANY, boot.board.facts()["cpus"]["count"]), icount=False)


# ---- endings --------------------------------------------------------------------------------------------------------


def end_by(boot, scenario: str, icount: bool):
    """Boots the image in a way that the scenario is the one that runs."""
    __tracebackhide__ = True
    options = {"CPUS": CPUS, "TIME_SLICE_US": 1000}
    result = boot_scenario(boot, "smp_endings", ENDINGS.index(scenario), icount, options=options)
    assert result.lines[0] == f"scenario {scenario}"
    return result


def report_of(result) -> Report:
    """The one report, which is complete and the last that is said."""
    __tracebackhide__ = True
    assert result.code == PANIC_CODE
    assert sum(line.startswith("panic: ") for line in result.lines) == 1
    assert "panic while panicking" not in result.text
    report = Report(result.lines)
    assert report.registers_are_shown(), report.registers
    return report


KINDS = pytest.mark.parametrize(
    "icount", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["icount", "realtime"])


@KINDS
def test_main_returns_while_all_cpus_are_busy(boot, icount):
    result = end_by(boot, "main_returns", icount)
    assert (result.lines[1:], result.code) == (["main returns"], 7)


@KINDS
def test_fault_on_another_cpu(boot, icount):
    report = report_of(end_by(boot, "fault_on_the_last_cpu", icount))
    assert re.fullmatch(rf"thread 'faulty' \(id \d+, priority 20\) on CPU {CPUS - 1}", report.thread)
    assert "smp_endings::writes_to(" in report.frames[0]


@KINDS
def test_panic_while_others_print(boot, icount):
    report = report_of(end_by(boot, "panic_while_others_print", icount))
    assert report.message == "value 42 of a test"
    assert re.fullmatch(rf"thread 'worker' \(id \d+, priority 20\) on CPU {CPUS - 1}", report.thread)
    assert set(report.before[1:-1]) <= {"a line"}, "and perhaps a piece of one in front of the report"


@KINDS
def test_faults_on_all_cpus_make_one_report(boot, icount):
    report = report_of(end_by(boot, "faults_on_all_cpus", icount))
    assert re.fullmatch(rf"thread 'busy' \(id \d+, priority 5\) on CPU [0-{CPUS - 1}]", report.thread)
    assert "smp_endings::writes_to(" in report.frames[0]


@KINDS
def test_panic_while_a_cpu_is_stopped(boot, icount):
    report = report_of(end_by(boot, "panic_while_a_cpu_is_stopped", icount))
    assert report.message == "value 43 of a test"


# ---- what CPUs remember of page tables ------------------------------------------------------------------------------


@pytest.mark.arch("x86_64", "aarch64", "riscv64")  # a process has no page tables of its own
@KINDS
def test_guard_page_counts_on_all_cpus(boot, icount):
    result = boot("smp_guards", {"CPUS": 2, "STACK_GUARDS": True, "STACK_POOL_SIZE": 1}, icount=icount)
    assert result.lines[0] == "below its stack was another's: true"
    assert result.code == PANIC_CODE
    report = Report(result.lines)
    assert re.fullmatch(rf"{re.escape(FAULT[boot.board.arch])}, address 0x[0-9a-f]{{13}}fc0", report.message)
    assert re.fullmatch(r"thread 'careless' \(id \d+, priority 15\) on CPU 1", report.thread)
