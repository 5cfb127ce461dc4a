"""How images end: exit codes, panics, faults, misuse; and stack traces."""

from __future__ import annotations

import re

import pytest

from harness import qemu
from harness.report import FRAME, MAIN, PANIC_CODE, Report, boot_scenario, report_of

SCENARIOS = (
    "returns_0", "returns_1", "returns_42", "returns_255", "others_still_run", "panic_in_a_thread", "panic_deep_down",
    "panic_while_panicking", "panic_while_another_prints", "panic_in_an_urgent_sleeper", "panic_in_a_constructor",
    "write_to_text", "write_to_constants", "execute_data", "execute_stack", "execute_constants", "read_null",
    "write_null", "call_null", "illegal_instruction", "relock", "relock_with_limit", "unlock_free", "unlock_by_another",
    "destroyed_while_locked", "value_of_an_error", "error_of_a_value", "print_in_a_formatter", "pure_virtual",
    "operator_delete", "empty_optional", "empty_function", "out_of_range", "unique_lock_twice",
    "value_of_a_failure", "error_of_a_success", "out_of_range_of_a_map", "invalid_argument", "logic_error", "length_error",
    "frames_misaligned", "frames_outside", "frames_backwards",
    "spin_relock", "spin_unlock_free", "spin_holder_blocks",
)
"""As in apps/endings/main.cpp."""


def end_by(boot, scenario: str, icount: bool = True, **configuration) -> qemu.Result:
    """Boots the image in a way that the scenario is the one that runs."""
    __tracebackhide__ = True
    return boot_scenario(boot, "endings", SCENARIOS.index(scenario), icount, **configuration)


@pytest.mark.smoke
@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_main_returns(boot, code):
    result = end_by(boot, f"returns_{code}")
    assert (result.lines, result.code) == ([f"scenario returns_{code}"], code)


def test_main_returns_while_others_run(boot):
    result = end_by(boot, "others_still_run")
    assert (result.lines, result.code) == (["scenario others_still_run", "main returns"], 7)


# ---- panics --------------------------------------------------------------------------------------------------------------

@pytest.mark.smoke
@pytest.mark.parametrize("icount", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["icount", "realtime"])
def test_panic(boot, icount):
    report = report_of(end_by(boot, "panic_in_a_thread", icount), "panic_in_a_thread")
    assert report.message == "value 42 of a test"
    assert re.fullmatch(r"at tests/qemu/apps/endings/main\.cpp:\d+ in int endings::innermost\(int\)", report.place)
    assert report.thread == "thread 'worker' (id 2, priority 20) on CPU 0"
    assert report.trace_has("endings::innermost(int) at tests/qemu/apps/endings/main.cpp:", "endings::middle(int) at ",
                            "endings::outermost(int) at ", "panic_in_a_thread()")
    functions = [frame.split("(")[0] for frame in report.frames]
    assert functions.index("endings::innermost") + 2 == functions.index("endings::outermost"), "no frame between is lost"


def test_panic_is_shown_at_the_line_that_panics(boot):
    report = report_of(end_by(boot, "panic_in_a_thread"), "panic_in_a_thread")
    source = (qemu.TEST_APPS / "endings" / "main.cpp").read_text(encoding="utf-8").splitlines()
    line = int(re.search(r":(\d+) ", report.place)[1])
    assert "panic(" in source[line - 1]
    innermost = next(frame for frame in report.frames if "innermost" in frame)
    assert "panic(" in source[int(innermost.rsplit(":", 1)[1]) - 1]


@pytest.mark.slow
def test_deep_stack_trace_ends_at_the_limit(boot):
    report = report_of(end_by(boot, "panic_deep_down"), "panic_deep_down")
    assert len(report.frames) == 32  # PANIC_BACKTRACE_DEPTH
    assert all("endings::recurse(int)" in frame for frame in report.frames[4:])


def test_panic_while_panicking(boot):
    result = end_by(boot, "panic_while_panicking")
    assert result.code == PANIC_CODE
    assert result.lines == ["scenario panic_while_panicking", "", "panic: ", "panic while panicking"]


def test_panic_while_another_prints(boot):
    result = end_by(boot, "panic_while_another_prints")
    assert result.code == PANIC_CODE
    report = Report(result.lines)
    assert report.message == "in the middle"
    assert report.thread == "thread 'urgent' (id 2, priority 20) on CPU 0"
    assert "never written" not in result.text


def test_panic_of_a_woken_thread(boot):
    report = report_of(end_by(boot, "panic_in_an_urgent_sleeper"), "panic_in_an_urgent_sleeper")
    assert (report.message, report.thread) == ("woken", "thread 'sleeper' (id 2, priority 20) on CPU 0")
    assert report.trace_has("panic_in_an_urgent_sleeper()")


def test_panic_before_main(boot):
    result = end_by(boot, "panic_in_a_constructor")
    report = Report(result.lines)
    assert (result.code, report.before, report.message, report.thread) == (PANIC_CODE, [""], "before main", MAIN)
    assert report.trace_has("endings::Global::Global()", "run_main")


@pytest.mark.parametrize("scenario", ["frames_misaligned", "frames_outside", "frames_backwards"])
def test_stack_trace_ends_where_the_chain_of_frames_is_broken(boot, scenario):
    report = report_of(end_by(boot, scenario), scenario)
    assert report.message == "with broken frames"
    assert report.trace_has("endings::panic_with_broken_frames(", f"endings::{scenario}()")
    assert f"endings::{scenario}()" in report.frames[-1], report.frames


@pytest.mark.slow
def test_panic_without_frame_pointers(boot):
    result = end_by(boot, "panic_in_a_thread", profile="speed")
    assert result.code == PANIC_CODE
    assert "panic: value 42 of a test" in result.lines
    trace = result.lines[result.lines.index("stack trace:") + 1:]
    assert FRAME.fullmatch(trace[0]) and trace[1:] == ["  (no more: this build has no frame pointers)"]


# ---- faults --------------------------------------------------------------------------------------------------------------

FAULTS = {
    "write_to_text": {
        "riscv64": "store page fault (code 0xf), address {address}",
        "aarch64": "write to read-only memory (code 0x9600004?), address {address}",
        "x86_64": "page fault: write to a read-only page (code 0x3), address {address}",
        "host": "write to a protected page (code 0xb), address {address}",
    },
    "write_to_constants": {
        "riscv64": "store page fault (code 0xf), address {address}",
        "aarch64": "write to read-only memory (code 0x9600004?), address {address}",
        "x86_64": "page fault: write to a read-only page (code 0x3), address {address}",
        "host": "write to a protected page (code 0xb), address {address}",
    },
    "execute_data": {
        "riscv64": "instruction page fault (code 0xc), address {address}",
        "aarch64": "execution of memory that is not executable (code 0x8600000?), address {address}",
        "x86_64": "page fault: execution of data (code 0x11), address {address}",
        "host": "execution of a page that is not executable (code 0xb), address {address}",
    },
    "execute_stack": {
        "riscv64": "instruction page fault (code 0xc), address {address}",
        "aarch64": "execution of memory that is not executable (code 0x8600000?), address {address}",
        "x86_64": "page fault: execution of data (code 0x11), address {address}",
        "host": "execution of a page that is not executable (code 0xb), address {address}",
    },
    "execute_constants": {
        "riscv64": "instruction page fault (code 0xc), address {address}",
        "aarch64": "execution of memory that is not executable (code 0x8600000?), address {address}",
        "x86_64": "page fault: execution of data (code 0x11), address {address}",
        "host": "execution of a page that is not executable (code 0xb), address {address}",
    },
    "read_null": {
        "riscv64": "load page fault (code 0xd), address 0x0000000000000000",
        "aarch64": "read of an unmapped address (code 0x9600000?), address 0x0000000000000000",
        "x86_64": "page fault: read of an unmapped page (code 0x0), address 0x0000000000000000",
        "host": "read of an unmapped page (code 0xb), address 0x0000000000000000",
    },
    "write_null": {
        "riscv64": "store page fault (code 0xf), address 0x0000000000000000",
        "aarch64": "write to an unmapped address (code 0x9600004?), address 0x0000000000000000",
        "x86_64": "page fault: write to an unmapped page (code 0x2), address 0x0000000000000000",
        "host": "write to an unmapped page (code 0xb), address 0x0000000000000000",
    },
    "call_null": {
        "riscv64": "instruction page fault (code 0xc), address 0x0000000000000000",
        "aarch64": "execution of an unmapped address (code 0x8600000?), address 0x0000000000000000",
        "x86_64": "page fault: execution of an unmapped page (code 0x10), address 0x0000000000000000",
        "host": "execution of an unmapped page (code 0xb), address 0x0000000000000000",
    },
    "illegal_instruction": {
        "riscv64": "illegal instruction (code 0x2)",
        "aarch64": "undefined instruction (code 0x2000000)",
        "x86_64": "invalid opcode (code 0x0)",
        "host": "illegal instruction (code 0x4)",
    },
}
"""What the report says: in the words of the architecture. A ? stands for one digit."""

FAULTING_FUNCTION = {
    "write_to_text": "endings::writes_to(", "write_to_constants": "endings::writes_to(", "write_null": "endings::writes_to(",
    "read_null": "endings::reads_from(", "illegal_instruction": "endings::executes_nonsense()",
}
"""Where the program counter stands; faults in fetches have it where there is no function."""


def pattern(text: str) -> str:
    """The regular expression for a message of FAULTS."""
    return re.escape(text).replace(re.escape("{address}"), "0x[0-9a-f]{16}").replace(r"\?", "[0-9a-f]")


@pytest.mark.smoke
@pytest.mark.parametrize("scenario", FAULTS)
def test_fault(boot, scenario):
    report = report_of(end_by(boot, scenario), scenario)
    assert re.fullmatch(pattern(FAULTS[scenario][boot.board.arch]), report.message)
    assert re.fullmatch("at 0x[0-9a-f]{16}", report.place)
    assert report.thread == (MAIN if scenario != "illegal_instruction" else "thread 'faulty' (id 2, priority 20) on CPU 0")
    assert FAULTING_FUNCTION.get(scenario, "") in report.frames[0]


def test_fault_shows_the_registers_of_the_moment(boot):
    report = report_of(end_by(boot, "illegal_instruction"), "illegal_instruction")
    assert any("1122334455667788" in line for line in report.registers)


# ---- misuse --------------------------------------------------------------------------------------------------------------

MISUSE = {
    "relock": "a thread locks a mutex that it holds",
    "relock_with_limit": "a thread locks a mutex that it holds",
    "unlock_free": "a thread unlocks a mutex that it does not hold",
    "unlock_by_another": "a thread unlocks a mutex that it does not hold",
    "destroyed_while_locked": "a mutex was destroyed while it was locked",
    "value_of_an_error": "value() of a Result that holds the error timed_out",
    "error_of_a_value": "error() of a Result that holds a value",
    "print_in_a_formatter": "a thread locks a mutex that it holds",
    "pure_virtual": "a pure virtual function was called",
    "operator_delete": "operator delete of 0x[0-9a-f]+: this kernel has no heap",
    "empty_optional": "abort() was called",
    "empty_function": "std::bad_function_call: an empty std::function was called",
    "out_of_range": "std::out_of_range: .*",
    "unique_lock_twice": "std::system_error: error number 35",
    "value_of_a_failure": "value() of a Result that holds the error would_deadlock",
    "error_of_a_success": "error() of a Result that holds a value",
    "out_of_range_of_a_map": "std::out_of_range: .*at.*",
    "invalid_argument": "std::invalid_argument: bitset.*",
    "logic_error": "std::logic_error: bitset.*",
    "length_error": "std::length_error: vector.*",
    "spin_relock": "a CPU locks a spin lock that it holds",
    "spin_unlock_free": "a CPU unlocks a spin lock that it does not hold",
    "spin_holder_blocks": "a thread has blocked, or unmasked interrupts, while it held a spin lock",
}


@pytest.mark.core
@pytest.mark.parametrize("scenario", MISUSE)
def test_misuse(boot, scenario):
    report = report_of(end_by(boot, scenario), scenario)
    message = MISUSE[scenario]
    assert re.fullmatch(message if "[" in message or "*" in message else re.escape(message), report.message)
    assert report.trace_has(f"endings::{scenario}()"), report.frames


# ---- hardening -----------------------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_stack_overflow_is_caught_by_the_canary(boot):
    result = boot("smash", profile="debug")
    assert result.code == PANIC_CODE
    report = Report(result.lines)
    assert report.before == ["begin", ""]
    assert report.message == "stack canary overwritten: a buffer on the stack has overflowed"
    assert report.trace_has("__stack_chk_fail", "overflow()")


@pytest.mark.core
@pytest.mark.slow
def test_stack_overflow_goes_unnoticed_without_the_canary(boot):
    """The control: the same function returns to where the overflow wants it to."""
    result = boot("smash")
    assert result.code == 66
    assert "panic" not in result.text
