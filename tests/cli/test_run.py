"""`pegplan run`: exit codes, limits, interruption, stack traces."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from harness.cli import pegplan
from harness.terminal import Terminal
from pegplan_cli.project import LAUNCHER

EXIT_CODES = (0, 1, 42, 255)
GONE_WITHIN_S = 5.0


def emulators_of(folder: Path) -> list[int]:
    """The processes that run an image of the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].rpartition(b"/")[2].startswith(b"qemu-system") and any(os.fsencode(folder) in word for word in words):
            found.append(int(process.name))
    return found


def assert_no_emulator(folder: Path) -> None:
    """That none is left behind; a killed one may take a moment."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while emulators_of(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert emulators_of(folder) == []


@pytest.mark.slow
def test_exit_code_is_the_image_s(board, behaving_app, tmp_path):
    place = ("--board", board.name, "--build-dir", tmp_path / "build", "--unity")
    for code in EXIT_CODES:
        result = pegplan("run", behaving_app, *place, "--set", f"EXIT_CODE={code}")
        assert result.code == code, result
        assert result.out == "behaviour 0\n"


def test_ends_other_than_the_image_s_own(some_board, behaving_app, tmp_path):
    build_dir = tmp_path / "build"
    place = ("--board", some_board, "--build-dir", build_dir, "--unity")

    # An exit code; the other boards have theirs above.
    assert pegplan("run", behaving_app, *place, "--set", "EXIT_CODE=42").code == 42

    # A panic: its stack trace names functions and lines.
    result = pegplan("run", behaving_app, *place, "--set", "BEHAVIOUR=2")
    assert result.code == 255, result
    assert "panic: on purpose" in result.out
    trace = [line for line in result.out.splitlines() if line.startswith("  #")]
    assert any("give_up() at behaving/main.cpp:9" in line for line in trace), result

    # The limit: 124, everything on stdout, the last lines again on stderr, and no emulator left.
    result = pegplan("run", behaving_app, *place, "--set", "BEHAVIOUR=1", "--timeout", "2")
    assert result.code == 124, result
    assert result.out.splitlines() == ["behaviour 1", *(f"line {number}" for number in range(50))]
    assert "no end after 2 s" in result.err
    assert [line.strip() for line in result.err.splitlines()[-20:]] == [f"line {number}" for number in range(30, 50)]
    assert_no_emulator(build_dir)

    # Under instruction counting a guest that spins must end all the same.
    assert pegplan("run", behaving_app, *place, "--set", "BEHAVIOUR=1", "--timeout", "2", "--icount").code == 124
    assert_no_emulator(build_dir)

    # Ctrl-C at a terminal: 130, and the terminal is as it was.
    with Terminal([LAUNCHER, "run", behaving_app, *place, "--set", "BEHAVIOUR=1"]) as terminal:
        assert terminal.line_mode()
        terminal.wait_for("line 49")
        assert not terminal.line_mode()
        terminal.type("\x03")
        assert terminal.end() == 130
        assert terminal.line_mode()
    assert_no_emulator(build_dir)

    # When the command itself is killed, the emulator goes with it.
    with Terminal([LAUNCHER, "run", behaving_app, *place, "--set", "BEHAVIOUR=1"]) as terminal:
        terminal.wait_for("line 49")
        assert emulators_of(build_dir)
    assert_no_emulator(build_dir)


def test_missing_emulator_is_told(some_board, tmp_path, monkeypatch):
    from pegplan_cli import machine
    from pegplan_cli.errors import PegplanError

    description = machine.Description(some_board, "any", ("qemu-system-absent", "{image}"), "process", False)
    with pytest.raises(PegplanError, match="qemu-system-absent is not installed"):
        machine.boot(description, tmp_path / "image", 1.0, lambda data: None)


@pytest.mark.parametrize("script, exit_status, end, code", [
    ("exit 7", "process", "EXITED", 7),
    ("kill -SEGV $$", "process", "FAILED", None),
    ("printf '\\052' >{status_file}; exit 1", "status-file", "EXITED", 42),
    ("exit 0", "status-file", "FAILED", None),
], ids=["process", "crash", "status-file", "no-status"])
def test_where_the_exit_code_comes_from(tmp_path, script, exit_status, end, code):
    from pegplan_cli import machine

    description = machine.Description("b", "a", ("/bin/sh", "-c", script), exit_status, False)
    outcome = machine.boot(description, tmp_path / "image", 10.0, lambda data: None)
    assert (outcome.end.name, outcome.code) == (end, code)


def test_emulator_that_closes_its_console_is_still_limited(tmp_path):
    from pegplan_cli import machine

    description = machine.Description("b", "a", ("/bin/sh", "-c", "exec >&- 2>&-; exec sleep 60"), "process", False)
    outcome = machine.boot(description, tmp_path / "image", 0.5, lambda data: None)
    assert outcome.end is machine.End.TIMED_OUT
