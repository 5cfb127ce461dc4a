"""The applications of the other boards under sanitizers, and that these find what they are for.

There are no suppressions. Left out are faults (test_endings.FAULTS), since sanitizers report before the machine does, and what
is about code that a sanitizer changes (smash, minimal, idle).
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Mapping, Optional

import pytest

from harness import qemu
from harness.report import boot_scenario
from pegplan_cli.build import read_cache
from tests.qemu import test_endings, test_printing, test_stress_sync

pytestmark = [pytest.mark.arch("host"), pytest.mark.slow, pytest.mark.uncounted]

LIMIT_S = 120.0
REPORT_CODE = 254
"""Of the sanitizers' runtimes, as the port sets it."""

SANITIZERS = ("HOST_ASAN", "HOST_TSAN")

APPS = (
    "spawn", "join", "lifetime", "scheduling", "suspend", "priority", "identity", "spawn_errors", "sleep", "slices", "mutex",
    "mutex_kinds", "inheritance", "semaphore", "condition_variable", "event_flags", "meeting", "rw_lock", "message_queue", "pipe",
    "timers", "work_queue", "stop_token", "isr_calls", "corner_cases", "inheritance_states", "spin_lock", "lock_free",
    "cxx", "thread_local", "format", "fp", "tiny_stacks", "leaks",
)
REAL_TIME_APPS = ("cxx", "thread_local", "format", "fp", "tiny_stacks")
"""Those of which nothing depends on how long it takes."""

OTHER_OPTIONS: tuple[tuple[Mapping[str, qemu.Value], tuple[str, ...]], ...] = (
    ({"SCHED_ROUND_ROBIN": True}, ("round_robin",)),
    ({"TICK_PERIODIC": True, "TIME_SLICING": False, "THREAD_STATS": True}, ("no_slices", "stats")),
    ({"MAX_THREADS": 2000, "NUM_PRIORITIES": 256}, ("many_threads",)),
)
"""Code that the usual configuration does not have."""


class SanitizedBoot:
    """The `boot` of tests/qemu for images with a sanitizer, in which it must not find anything."""

    def __init__(self, boot, sanitizer: str) -> None:
        self._boot = boot
        self._sanitizer = {sanitizer: True}
        self.board = boot.board

    def __call__(self, app: str, options: Optional[Mapping[str, qemu.Value]] = None, **arguments) -> qemu.Result:
        __tracebackhide__ = True
        result = self._boot(app, {**(options or {}), **self._sanitizer}, **{**arguments, "limit_s": LIMIT_S})
        assert result.messages == "", result.tail()
        return result

    def build(self, app: str, options: Optional[Mapping[str, qemu.Value]] = None, **arguments) -> Path:
        """Builds only."""
        return self._boot.build(app, {**(options or {}), **self._sanitizer}, **arguments)


@pytest.fixture(params=SANITIZERS)
def sanitized_boot(request, boot) -> SanitizedBoot:
    """Builds and boots with each sanitizer in turn."""
    return SanitizedBoot(boot, request.param)


def check(result: qemu.Result) -> None:
    __tracebackhide__ = True
    assert result.lines == (qemu.TEST_APPS / result.app / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert result.code == 0


@pytest.mark.parametrize("app", APPS)
def test_nothing_is_found(sanitized_boot, app):
    check(sanitized_boot(app))


@pytest.mark.parametrize("app", REAL_TIME_APPS)
def test_nothing_is_found_in_real_time(sanitized_boot, app):
    check(sanitized_boot(app, icount=False))


def test_nothing_is_found_in_all_primitives_at_once(sanitized_boot):
    test_stress_sync.test_all_at_once(sanitized_boot, test_stress_sync.SEEDS[0])


def test_nothing_is_found_in_a_library_that_knows_no_threads(sanitized_boot):
    result = sanitized_boot("libc_calls", icount=False)
    assert (result.lines, result.code) == (["all got on true"], 0)


@pytest.mark.parametrize("options, app", [
    pytest.param(options, app, id=app) for options, apps in OTHER_OPTIONS for app in apps
])
def test_nothing_is_found_with_other_options(boot, options, app):
    check(SanitizedBoot(boot, "HOST_ASAN")(app, options))


def test_lines_are_whole(sanitized_boot):
    test_printing.test_lines_are_whole(sanitized_boot, icount=True)
    test_printing.test_in_the_middle_of_a_line(sanitized_boot)


def test_main_returns(sanitized_boot):
    for code in (0, 42, 255):
        test_endings.test_main_returns(sanitized_boot, code)
    test_endings.test_main_returns_while_others_run(sanitized_boot)


@pytest.mark.parametrize("icount", [True, False], ids=["icount", "realtime"])
def test_panics(sanitized_boot, icount):
    test_endings.test_panic(sanitized_boot, icount)


def test_panics_in_odd_moments(sanitized_boot):
    test_endings.test_panic_while_panicking(sanitized_boot)
    test_endings.test_panic_while_another_prints(sanitized_boot)
    test_endings.test_panic_of_a_woken_thread(sanitized_boot)
    test_endings.test_panic_before_main(sanitized_boot)


@pytest.mark.parametrize("scenario", test_endings.MISUSE)
def test_misuse(sanitized_boot, scenario):
    test_endings.test_misuse(sanitized_boot, scenario)


# ---- that they are there -------------------------------------------------------------------------------------------------

UNCHECKED = {"linux.cpp.obj", "real_time.cpp.obj", "virtual_time.cpp.obj"}
"""What runs while the runtime may be interrupted (arch/host/arch.cmake)."""

CALLS = {"HOST_ASAN": ("__asan_", "__ubsan_handle_"), "HOST_TSAN": ("__tsan_",)}


@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_kernel_is_checked_too(boot, sanitizer):
    folder = boot.build("spawn", {sanitizer: True}).parent
    nm = read_cache(folder)["CMAKE_NM"]
    objects = list((folder / "CMakeFiles" / "pegplan_kernel.dir").rglob("*.cxx.obj"))
    objects += (folder / "CMakeFiles" / "pegplan_kernel.dir").rglob("*.cpp.obj")
    assert {file.name for file in objects} > UNCHECKED
    for file in objects:
        symbols = subprocess.run([nm, "-u", file], check=True, capture_output=True, text=True).stdout
        for call in CALLS[sanitizer]:
            assert (call in symbols) == (file.name not in UNCHECKED), file


MISTAKES = {
    1: "AddressSanitizer: stack-buffer-overflow",
    2: "AddressSanitizer: global-buffer-overflow",
    3: "AddressSanitizer: stack-use-after-return",
    4: "runtime error: shift exponent 40 is too large",
}


def make_mistake(boot, number: int) -> qemu.Result:
    return boot_scenario(boot, "mistakes", number, icount=False, options={"HOST_ASAN": True})


@pytest.mark.parametrize("number", MISTAKES)
def test_mistake_is_found(boot, number):
    result = make_mistake(boot, number)
    assert MISTAKES[number] in result.messages
    assert re.search(r"tests/host/apps/mistakes/main\.cpp:\d+", result.messages)
    assert result.code == REPORT_CODE
    assert "done" not in result.lines


def test_nothing_is_found_without_a_mistake(boot):
    """The control."""
    result = make_mistake(boot, 0)
    assert (result.messages, result.lines, result.code) == ("", ["done"], 0)
