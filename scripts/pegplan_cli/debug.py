"""Starts what a build folder holds under gdb: an emulated board stopped before its first instruction, or a process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Optional, Sequence

from . import machine, terminal
from .boards import IMAGE_MARKER
from .build import read_cache
from .errors import EXIT_TIMEOUT, PegplanError
from .project import GENERATED_NAME, ROOT

SCRIPT_NAME = "debug.gdb"
BATCH_LIMIT_S = 600.0
_STUB_LIMIT_S = 20.0
_POLL_S = 0.02
_END_LIMIT_S = 10

# What the kernel itself catches as a process, interrupts above all, is none of the user's business.
_OWN_SIGNALS = "SIGALRM SIGVTALRM SIGUSR1 SIGUSR2 SIGPROF"


def find_debugger(is_process: bool) -> str:
    """gdb for the image: any for a process, one for all architectures else."""
    names = ("gdb", "gdb-multiarch") if is_process else ("gdb-multiarch",)
    for name in names:
        if found := shutil.which(name):
            return found
    raise PegplanError(f"{names[-1]} is not installed (scripts/pegplan setup installs it)")


def write_script(directory: Path, image: Path, socket: Optional[Path]) -> Path:
    """Writes what gdb begins with into the build folder. `socket` is where an emulator waits."""
    app = Path(read_cache(directory).get("PEGPLAN_APP", "."))
    lines = [
        "# How gdb begins with this image: written by `pegplan debug`.",
        "set confirm off",
        "set pagination off",
        "set print thread-events off",
        "set tcp auto-retry off",
        # Paths in images are relative to the tree, to the folder around the application, and to the build folder.
        *(f"directory {folder}" for folder in (directory, (ROOT / app).resolve().parent, ROOT)),
        f"file {image}",
        f"python import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); import pegplan_gdb; pegplan_gdb.install()",
    ]
    if socket is not None:
        lines.append(f"target remote {socket}")
    else:
        real_time = " ".join(f"SIG{number}" for number in range(signal.SIGRTMIN, signal.SIGRTMAX + 1))
        lines += [f"handle {_OWN_SIGNALS} {real_time} nostop noprint pass", "set startup-with-shell off", "starti"]
    script = directory / SCRIPT_NAME
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return script


def run_debug(directory: Path, image: Path, batch: bool, commands: Sequence[str], limit_s: Optional[float] = None,
              verbose: bool = False) -> int:
    """Debugs an image of a build folder; returns gdb's exit code, or that of a time-out. In a batch gdb ends after the commands."""
    description = machine.Description.load(directory / GENERATED_NAME / "run.json")
    debugger = find_debugger(description.is_process)
    with tempfile.TemporaryDirectory(prefix="pegplan-debug-") as folder:
        emulator: Optional[subprocess.Popen[bytes]] = None
        try:
            socket = None
            if not description.is_process:
                socket = Path(folder) / "gdb"
                emulator = _start_emulator(machine.emulator_command(description, image, Path(folder)), socket, verbose)
            elif description.command[0] != IMAGE_MARKER:
                raise PegplanError(f"images of {description.board} are run by {description.command[0]}, and are not processes that gdb "
                                   "can debug; use a board of this machine's architecture")
            script = write_script(directory, image, socket)
            command = [debugger, "-q", "-nx", *(["-batch"] if batch else []), "-x", str(script)]
            for each in commands:
                command += ["-ex", each]
            if verbose:
                terminal.say("debugging by " + " ".join(command))
            return _run_debugger(command, limit_s if limit_s is not None else BATCH_LIMIT_S if batch else None, batch)
        finally:
            if emulator is not None and emulator.poll() is None:
                os.killpg(emulator.pid, signal.SIGKILL)     # stopped by the debugger it reacts to nothing else
                emulator.wait(_END_LIMIT_S)


def _start_emulator(command: list[str], socket: Path, verbose: bool) -> subprocess.Popen[bytes]:
    """QEMU, stopped before the first instruction, when it listens at the socket. Not with -icount: QEMU 7.2 then does not go on after
    a breakpoint."""
    command = [*command, "-S", "-gdb", f"unix:path={socket},server=on,wait=off"]
    if verbose:
        terminal.say("running " + " ".join(command))
    # The console goes to where gdb's words go; what is typed is gdb's.
    sys.stdout.flush()
    emulator = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=machine.die_with_parent)
    deadline = time.monotonic() + _STUB_LIMIT_S
    while not socket.exists():
        if emulator.poll() is not None:
            raise PegplanError(f"{command[0]} ended with status {emulator.returncode} before gdb could reach it")
        if time.monotonic() > deadline:
            os.killpg(emulator.pid, signal.SIGKILL)
            emulator.wait(_END_LIMIT_S)
            raise PegplanError(f"{command[0]} did not listen for gdb within {_STUB_LIMIT_S:g} s")
        time.sleep(_POLL_S)
    return emulator


def _run_debugger(command: Sequence[str], limit_s: Optional[float], batch: bool) -> int:
    """gdb at the user's terminal, where Ctrl-C is gdb's; in a batch without input and under a limit."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if not batch else None
    debugger = subprocess.Popen(command, stdin=subprocess.DEVNULL if batch else None, start_new_session=batch,
                                preexec_fn=machine.die_with_parent if batch else lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        code = debugger.wait(limit_s)
        return code if code >= 0 else 128 - code
    except subprocess.TimeoutExpired:
        terminal.say(f"no end after {limit_s:g} s; gdb and the machine were ended")
        return EXIT_TIMEOUT
    finally:
        if debugger.poll() is None:
            if batch:
                os.killpg(debugger.pid, signal.SIGKILL)     # with the process that it debugs
            else:
                debugger.kill()
            debugger.wait(_END_LIMIT_S)
        if before is not None:
            signal.signal(signal.SIGINT, before)

