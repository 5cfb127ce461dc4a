"""Fork-join tasks: right on any number of CPUs, and nothing of them in images that have none."""

from __future__ import annotations

import re
import subprocess

import pytest

from harness.report import PANIC_CODE, Report, boot_scenario
from pegplan_cli.build import read_cache
from qemu.test_applications import expected

LIMIT_S = 120.0
FOUR_CPUS = {"CPUS": 4, "TIME_SLICE_US": 1000}
"""As in test_smp.py, whose kernels these are."""


def check(boot, options, icount: bool = True) -> None:
    __tracebackhide__ = True
    result = boot("tasks", options, icount=icount, limit_s=LIMIT_S)
    assert (result.lines, result.code, result.messages) == (expected("tasks"), 0, "")


def test_one_cpu(boot):
    check(boot, {})


@pytest.mark.smoke
def test_four_cpus(boot):
    """In real time on emulated boards, where a CPU that counts instructions runs until its turn is over."""
    check(boot, FOUR_CPUS, icount=boot.board.is_process)


@pytest.mark.slow
@pytest.mark.arch("host")
def test_four_cpus_in_real_time(boot):
    check(boot, FOUR_CPUS, icount=False)


@pytest.mark.slow
@pytest.mark.uncounted
@pytest.mark.arch("host")
@pytest.mark.parametrize("options", [
    {"CPUS": 4, "HOST_TURN": 37},
    {"CPUS": 3, "TASK_STEAL_HALF": True, "TASK_WORKERS_PER_CPU": 2, "TASK_DEQUE_CAPACITY": 5, "TASK_INBOX_CAPACITY": 8,
     "TASK_NESTED_STEALS": 1},
], ids=["other turns", "half, two workers, few records"])
def test_other_choices(boot, options):
    check(boot, options)


@pytest.mark.slow
@pytest.mark.uncounted
@pytest.mark.arch("host")
@pytest.mark.parametrize("icount", [True, False], ids=["icount", "realtime"])
def test_thread_sanitizer_finds_nothing(boot, icount):
    check(boot, {"CPUS": 4, "HOST_TSAN": True}, icount)


@pytest.mark.slow
@pytest.mark.arch("host")
@pytest.mark.parametrize("policy", ["SCHED_ROUND_ROBIN", "SCHED_EDF", "SCHED_FAIR"])
def test_other_policies(boot, policy):
    """With the kernels of test_policies.py."""
    check(boot, {policy: True})


MISUSE = {
    "run_by_an_interrupt_handler": "a task was run by an interrupt handler: TaskGroup::submit can be called there",
    "destroyed_early": "a task was destroyed while it was to be done",
    "run_twice": "a task was run that has not been done yet",
    "two_wait": "two threads wait for one group of tasks",
    "guest_of_a_task": "a thread that is no worker, or an ISR, adds a task to a group for which a task waits",
    "waits_for_guests": "a task waits for a group to which a thread that is no worker, or an ISR, has added",
    "no_grain": "parallel_for: a grain of 0 rounds",
    "too_many_threads": "the workers of tasks cannot be spawned (tasks::start tells before): too_many_threads",
}
"""As in apps/task_misuse/main.cpp."""


@pytest.mark.core
@pytest.mark.parametrize("scenario", MISUSE)
def test_misuse_panics(boot, scenario):
    result = boot_scenario(boot, "task_misuse", list(MISUSE).index(scenario), True)
    assert result.lines[0] == f"scenario {scenario}"
    assert result.code == PANIC_CODE
    assert Report(result.lines).message == MISUSE[scenario]


def symbols(boot, app: str) -> str:
    image = boot.build(app)
    objdump = read_cache(image.parent)["CMAKE_OBJDUMP"]
    return subprocess.run([objdump, "-t", image], check=True, capture_output=True, text=True).stdout


@pytest.mark.core
@pytest.mark.uncounted  # without optimisation more is kept
def test_images_without_tasks_have_nothing_of_them(boot):
    """The workers and their records are in images that use them, where they are zeros and take no room in the file."""
    workers = r"\.bss\S*\s.*task_workers"
    assert not re.search("task_workers|task_inbox|TaskGroup", symbols(boot, "spawn"))
    assert re.search(workers, symbols(boot, "tasks"))
