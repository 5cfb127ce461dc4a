"""`pegplan debug`: Pegplan's threads in gdb, on every architecture. The image is one that other tests build anyway."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from harness.cli import CommandResult, call
from pegplan_cli.project import ROOT

DEBUG = """\
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from pegplan_cli.debug import run_debug
sys.exit(run_debug(Path(sys.argv[2]).parent, Path(sys.argv[2]), True, sys.argv[3:], limit_s=100))
"""

ROW = re.compile(r"^\*? +(\d+|idle0) +(?:(\S.*?) +)?(running|ready|blocked) +(\d+)? *(0)? +(\S.*)$", re.MULTILINE)
"""Of `info threads`: id, name, state, priority, CPU, place."""


def debug(image: Path, *commands: str) -> CommandResult:
    """What gdb prints when it is given these commands, and the console's lines among it."""
    done = call([sys.executable, "-c", DEBUG, ROOT / "scripts", image, *commands])
    assert done.code == 0, done
    assert "Python Exception" not in done.out + done.err and "Traceback" not in done.out + done.err, done
    return done


def stack_of(output: str, thread: str) -> str:
    """The frames of a thread in the output of `pegplan backtrace all`."""
    match = re.search(rf'^Thread {thread} "[^\n]*\n((?:#[^\n]*\n)*)', output, re.MULTILINE)
    assert match, output
    return match[1]


@pytest.mark.slow
@pytest.mark.uncounted
def test_threads_in_the_debugger(boot):
    """Two threads that never yield take turns. When the second one is preempted the first one has been, and main waits."""
    image = boot.build("slices", icount=True)
    output = debug(image, "break pegplan::kernel::preempt", "continue", "continue", "info threads", "echo \\n== all\\n",
                   "pegplan backtrace all", "echo \\n== main\\n", "pegplan thread main", "frame function main", "echo \\n== on\\n",
                   "delete", "pegplan thread 99", "continue", "echo \\n== end\\n").out
    table, rest = output.split("\n== all\n", 1)
    rows = {row[1]: row for row in ROW.finditer(table)}
    assert set(rows) == {"1", "2", "3", "idle0"}, output
    assert rows["1"][2] == "main" and rows["1"][3] == "blocked" and rows["1"][4] == "15"
    assert re.search(r"two_spinners.* at tests/qemu/apps/slices/main\.cpp:\d+$", rows["1"][6]), rows["1"]
    # One was preempted and waits for its turn, the other one is about to be.
    assert sorted(rows[number][3] for number in "23") == ["ready", "running"] and rows["2"][4] == rows["3"][4] == "10"
    running = next(number for number in "23" if rows[number][3] == "running")
    assert rows[running][5] == "0" and rows["idle0"][2] == "idle of CPU 0" and rows["idle0"][3] == "ready"
    assert all("tests/qemu/apps/slices/main.cpp:" in rows[number][6] for number in "23"), output

    stacks, rest = rest.split("\n== main\n", 1)
    for number in "23":     # from the interrupt into what it interrupted
        frames = stack_of(stacks, number)
        assert re.search(r"preempt(?s:.*)at tests/qemu/apps/slices/main\.cpp(?s:.*)ThreadFunction<.*spin_and_note", frames), stacks
    assert re.search(r"join_thread.*(?s:.*)two_spinners.*(?s:.*) in main", stack_of(stacks, "1")), stacks

    selected, gone_on = rest.split("\n== on\n", 1)
    assert 'Thread 1 "main", blocked' in selected, selected
    assert re.search(r"^#\d+ .*\bmain \(\) at .*main\.cpp", selected, re.MULTILINE), selected
    # Nothing of the machine has been disturbed: it goes on.
    assert "ababab" in gone_on and "== three with slices of their own" in gone_on, gone_on


@pytest.mark.slow
@pytest.mark.uncounted
@pytest.mark.boards("qemu-riscv64-virt")
def test_what_the_debugger_refuses(boot):
    """Names of threads that are not there, before and after the kernel's start."""
    image = boot.build("slices", icount=True)
    done = debug(image, "info threads", "break main", "continue", "pegplan thread nobody", "info threads 3",
                 "pegplan backtrace here", "echo end\\n")
    assert "No threads yet: the kernel has not started." in done.out
    for words in ("takes nothing or `all`", "there is no thread `nobody`; there are 1, idle0", "`pegplan thread 3` shows one"):
        assert words in done.err, done
