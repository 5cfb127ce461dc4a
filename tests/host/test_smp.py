"""Several CPUs on the host: threads that go on in another pthread, data races that a sanitizer finds, runs that repeat."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Mapping

import pytest

from harness import qemu
from harness.report import PANIC_CODE, Report, boot_scenario
from tests.host.test_real_time import FEW
from tests.host.test_sanitizers import REPORT_CODE, SANITIZERS
from tests.qemu import test_stress_sync

pytestmark = [pytest.mark.arch("host"), pytest.mark.uncounted, pytest.mark.slow]

CPUS = 4
LIMIT_S = 120.0
TIMES = pytest.mark.parametrize("icount", [True, False], ids=["icount", "realtime"])

REGISTERS, THREAD_LOCALS, WITH_MUTEX, WITHOUT_MUTEX, FAULT, OVERFLOW, PANIC_AMONG_OTHERS = range(1, 8)
"""What the application does (tests/host/apps/smp)."""

GOES_WELL = {REGISTERS: "registers true", THREAD_LOCALS: "thread_locals true", WITH_MUTEX: "with a mutex true"}
ON_THE_LAST = f"thread 'last' (id 2, priority 15) on CPU {CPUS - 1}"


def run(boot, number: int, icount: bool, **options: qemu.Value) -> qemu.Result:
    __tracebackhide__ = True
    return boot_scenario(boot, "smp", number, icount=icount, limit_s=LIMIT_S, options={"CPUS": CPUS, **options})


def stress(boot, milliseconds: int, icount: bool, options: Mapping[str, qemu.Value]) -> qemu.Result:
    """All primitives at once."""
    __tracebackhide__ = True
    return boot_scenario(boot, "stress_sync", test_stress_sync.number(1, milliseconds), icount=icount, limit_s=LIMIT_S,
                         options={"CPUS": CPUS, **options})


def check_stress(result: qemu.Result) -> None:
    """How often what was done is not looked at: in real time that depends on what else the machine does."""
    __tracebackhide__ = True
    assert (result.lines[-1], result.code, result.messages) == ("all is well", 0, "")


# ---- threads that change CPUs -------------------------------------------------------------------------------------------

@TIMES
@pytest.mark.parametrize("number", GOES_WELL)
def test_what_is_the_threads_goes_along(boot, number, icount):
    result = run(boot, number, icount)
    assert (result.lines, result.code) == ([GOES_WELL[number]], 0)


@pytest.mark.slow
@pytest.mark.parametrize("number", GOES_WELL)
def test_it_does_with_partitions(boot, number):
    result = run(boot, number, False, SCHED_PARTITIONED=True)
    assert (result.lines, result.code) == ([GOES_WELL[number]], 0)


@pytest.mark.slow
@pytest.mark.parametrize("number", GOES_WELL)
def test_another_compiler_finds_the_objects_too(boot, number):
    result = run(boot, number, False, HOST_COMPILER="clang++-19")
    assert (result.lines, result.code) == ([GOES_WELL[number]], 0)


@TIMES
@pytest.mark.parametrize("app", ["thread_local", "thread_local_pointers"])
def test_thread_locals_are_as_on_one_cpu(boot, app, icount):
    """And as on other boards: a pointer to another thread's object means that object."""
    result = boot(app, {"CPUS": CPUS, "MAIN_ON_FIRST_CPU": True}, icount=icount)
    assert result.lines == (qemu.TEST_APPS / app / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert result.code == 0


def test_code_outside_the_image_is_not_preempted(boot):
    result = boot("libc_calls", {"CPUS": CPUS}, icount=False)
    assert (result.lines, result.code) == (["all got on true"], 0), result.tail()


@pytest.mark.slow
@TIMES
def test_all_at_once(boot, icount):
    check_stress(stress(boot, 300, icount, {}))


@pytest.mark.slow
def test_all_at_once_with_partitions(boot):
    """Where each CPU has a lock of its own."""
    check_stress(stress(boot, 300, False, {"SCHED_PARTITIONED": True}))


# ---- ends ------------------------------------------------------------------------------------------------------------

@TIMES
@pytest.mark.parametrize("number, message", [
    (FAULT, r"write to an unmapped page \(code 0xb\), address 0x0{16}"),
    (OVERFLOW, r"write to a protected page \(code 0xb\), address 0x[0-9a-f]{16}"),
], ids=["fault", "overflow"])
def test_fault_on_another_cpu(boot, number, message, icount):
    """Each has a stack for the handler."""
    result = run(boot, number, icount)
    report = Report(result.lines)
    assert re.fullmatch(message, report.message)
    assert (report.thread, result.code) == (ON_THE_LAST, PANIC_CODE)
    assert report.registers_are_shown() and report.frames


@TIMES
def test_panic_while_others_run(boot, icount):
    result = run(boot, PANIC_AMONG_OTHERS, icount)
    report = Report(result.lines)
    assert (report.message, result.code) == ("value 42 of a test", PANIC_CODE)
    assert report.thread == ON_THE_LAST.replace("id 2", f"id {CPUS + 1}")
    assert report.trace_has("panic_among_others")


# ---- idle -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("cpus", [CPUS, 64])
def test_idle_cpus_sleep(boot, cpus):
    process = subprocess.Popen([boot.build("idle", {"CPUS": cpus})], stdout=subprocess.PIPE, text=True)
    lines = process.stdout.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert (lines, process.returncode) == (["begin", "end"], 0)
    # To start and to be asked to look for work now and then takes a few waits of each.
    assert usage.ru_nvcsw < FEW + 20 * cpus
    assert usage.ru_utime + usage.ru_stime < 0.2 + 0.005 * cpus, "seconds"


# ---- runs that repeat ----------------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_runs_repeat_whatever_the_turn(boot):
    """Each length of a turn is another order of events, and the same one each time."""
    texts = []
    for turn in (1000, 37):
        first, second = (stress(boot, 20, True, {"HOST_TURN": turn}) for _ in range(2))
        check_stress(first)
        assert first.text == second.text
        texts.append(first.text)
    assert texts[0] != texts[1]


# ---- sanitizers ------------------------------------------------------------------------------------------------------------

@pytest.mark.slow
@TIMES
@pytest.mark.parametrize("sanitizer", SANITIZERS)
@pytest.mark.parametrize("number", GOES_WELL)
def test_sanitizers_find_nothing(boot, sanitizer, number, icount):
    result = run(boot, number, icount, **{sanitizer: True})
    assert (result.lines, result.code, result.messages) == ([GOES_WELL[number]], 0, "")


@pytest.mark.slow
@TIMES
@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_sanitizers_find_nothing_in_all_primitives_at_once(boot, sanitizer, icount):
    check_stress(stress(boot, 100, icount, {sanitizer: True}))


@pytest.mark.slow
@TIMES
def test_data_race_between_cpus_is_found(boot, icount):
    """In virtual time too, where CPUs take turns: those are no synchronisation."""
    result = run(boot, WITHOUT_MUTEX, icount, HOST_TSAN=True)
    assert "WARNING: ThreadSanitizer: data race" in result.messages
    assert re.search(r"tests/host/apps/smp/main\.cpp:\d+", result.messages)
    assert (result.lines, result.code) == ([], REPORT_CODE)


def test_data_race_is_not_noticed_without(boot):
    """The control."""
    result = run(boot, WITHOUT_MUTEX, True)
    assert (result.lines, result.code) == (["done"], 0)


# ---- one CPU ---------------------------------------------------------------------------------------------------------------

def test_one_cpu_has_nothing_of_it(boot):
    """Neither records in the pthread's memory nor code that looks for them."""
    names = ("pegplan_host_cpu", "pegplan_thread_pointer")

    def has(options: Mapping[str, qemu.Value]) -> set[str]:
        image = boot.build("smp", options)
        symbols = subprocess.run(["nm", image], check=True, capture_output=True, text=True).stdout
        return {name for name in names if re.search(rf" {name}$", symbols, re.MULTILINE)}

    assert has({}) == set()
    assert has({"CPUS": CPUS}) == set(names)
