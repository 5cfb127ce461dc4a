"""The applications of the other boards under sanitizers, and that these find what they are for."""

from __future__ import annotations

import pytest

from harness import qemu

pytestmark = [pytest.mark.arch("host"), pytest.mark.slow, pytest.mark.uncounted]

LIMIT_S = 120.0
REPORT_CODE = 254
"""Of the sanitizers' runtimes, as the port sets it."""

APPS = (
    "spawn", "join", "lifetime", "scheduling", "suspend", "priority", "identity", "spawn_errors", "sleep", "slices", "mutex",
    "cxx", "format", "fp", "tiny_stacks", "leaks",
)
REAL_TIME_APPS = ("cxx", "format", "fp", "tiny_stacks")
"""Those of which nothing depends on how long it takes."""

SANITIZERS = ("HOST_ASAN", "HOST_TSAN")


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_nothing_is_found(boot, sanitizer, app):
    result = boot(app, {sanitizer: True}, limit_s=LIMIT_S)
    assert (result.messages, result.code) == ("", 0), result.tail()
    assert result.lines == (qemu.TEST_APPS / app / "expected.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("app", REAL_TIME_APPS)
@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_nothing_is_found_in_real_time(boot, sanitizer, app):
    result = boot(app, {sanitizer: True}, icount=False, limit_s=LIMIT_S)
    assert (result.messages, result.code) == ("", 0), result.tail()
    assert result.lines == (qemu.TEST_APPS / app / "expected.txt").read_text(encoding="utf-8").splitlines()


MISTAKES = {
    1: "AddressSanitizer: stack-buffer-overflow",
    2: "AddressSanitizer: global-buffer-overflow",
    3: "AddressSanitizer: stack-use-after-return",
    4: "runtime error: shift exponent 40 is too large",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_found(boot, mistake):
    result = boot("mistakes", {"HOST_ASAN": True, "MISTAKE": mistake}, icount=False)
    assert MISTAKES[mistake] in result.messages
    assert "tests/host/apps/mistakes/main.cpp" in result.messages
    assert result.code == REPORT_CODE
    assert "done" not in result.lines


def test_nothing_is_found_without_a_mistake(boot):
    """The control."""
    result = boot("mistakes", {"HOST_ASAN": True}, icount=False)
    assert (result.messages, result.lines, result.code) == ("", ["done"], 0)
