"""One QEMU process: started in a process group of its own, under a hard limit, ended by KILL.

KILL, since an idle guest under `-icount` does not react to TERM. QEMU never gets the user's terminal itself: what is
typed is copied to it, so that the terminal can be put back whatever happens, and Ctrl-C comes here.
"""

from __future__ import annotations

import ctypes
import enum
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator, Optional, Sequence

from .boards import IMAGE_MARKER, ISO_MARKER
from .device_tree import compile_device_tree
from .errors import PegplanError
from .iso import iso_of

_ICOUNT_ARGUMENTS = ("-icount", "shift=0,sleep=off")
"""Virtual time follows the number of executed instructions: the same output at each run."""
STATUS_FILE_MARKER = "{status_file}"
_DEVICE_TREE_MARKER = "{device_tree}"
_DEVICE_TREE = "device-tree.dts"
_STATUS_FILE = "status"
_CHUNK = 65536
_PR_SET_PDEATHSIG = 1
_END_LIMIT_S = 10


class End(enum.Enum):
    """How a run came to its end."""

    EXITED = "the image ended the machine"
    TIMED_OUT = "the limit was reached"
    INTERRUPTED = "the user interrupted it"
    FAILED = "the machine ended without an exit code"


@dataclass(frozen=True)
class Description:
    """How a build is run: the generated run.json."""

    board: str
    arch: str
    command: tuple[str, ...]
    exit_status: str
    is_process: bool
    device_tree: Optional[Path] = None
    """The source of the tree that firmware is given, of machines that make none."""

    @classmethod
    def load(cls, path: Path) -> Description:
        """Reads the file."""
        facts = json.loads(path.read_text(encoding="utf-8"))
        return cls(facts["board"], facts["arch"], tuple(facts["command"]), facts["exit_status"], facts.get("is_process", False),
                   path.with_name(_DEVICE_TREE))

    def deterministic_arguments(self) -> tuple[str, ...]:
        """What makes each run the same. Of processes it is their configuration."""
        return () if self.is_process else _ICOUNT_ARGUMENTS


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    end: End
    code: Optional[int]
    """The image's own exit code, 0 to 255, when `end` is EXITED."""
    seconds: float
    emulator_status: Optional[int]
    messages: str
    """What QEMU itself said."""


def emulator_command(description: Description, image: Path, folder: Path) -> list[str]:
    """The command that runs an image, with all that it needs made, in `folder` where it is for this run alone."""
    tree = folder / "device-tree.dtb"
    if description.device_tree is not None and _DEVICE_TREE_MARKER in description.command:
        compile_device_tree(description.device_tree, tree)
    iso = str(iso_of(image)) if any(ISO_MARKER in argument for argument in description.command) else ""
    command = [
        argument.replace(IMAGE_MARKER, str(image)).replace(STATUS_FILE_MARKER, str(folder / _STATUS_FILE))
        .replace(ISO_MARKER, iso).replace(_DEVICE_TREE_MARKER, str(tree))
        for argument in description.command
    ]
    if shutil.which(command[0]) is None:
        raise PegplanError(f"the emulator {command[0]} is not installed (scripts/pegplan setup installs it)")
    return command


def boot(description: Description, image: Path, limit_s: float, show: Callable[[bytes], None],
         extra_arguments: Sequence[str] = (), typed: Optional[int] = None) -> Outcome:
    """Runs an image until it ends or the limit is reached.

    `show` gets the console's bytes as they come; `typed` is the descriptor from which input for the console is copied.
    """
    with tempfile.TemporaryDirectory(prefix="pegplan-run-") as folder:
        command = [*emulator_command(description, image, Path(folder)), *extra_arguments]
        begin = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL if typed is None else subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, preexec_fn=die_with_parent,
        )
        messages = bytearray()
        try:
            timed_out = not _follow(process, begin + limit_s, show, messages, typed)
            interrupted = False
        except KeyboardInterrupt:
            timed_out, interrupted = False, True
        finally:
            _kill(process)
        seconds = time.monotonic() - begin
        text = messages.decode(errors="replace")
        if timed_out or interrupted:
            return Outcome(End.TIMED_OUT if timed_out else End.INTERRUPTED, None, seconds, None, text)
        code = _exit_code(description, process.returncode, Path(folder) / _STATUS_FILE)
        return Outcome(End.FAILED if code is None else End.EXITED, code, seconds, process.returncode, text)


def _exit_code(description: Description, status: int, status_file: Path) -> Optional[int]:
    if description.exit_status == "status-file":
        written = status_file.read_bytes() if status_file.exists() else b""
        return written[-1] if written else None
    return status if status >= 0 else None


if sys.platform == "linux":
    _libc = ctypes.CDLL(None)

    def die_with_parent() -> None:
        """In the child: ends QEMU when this process is killed, so that none is ever left behind."""
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
else:
    die_with_parent = None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends QEMU if it still runs, by its own process group."""
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                pass
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(_END_LIMIT_S)


def _follow(process: subprocess.Popen[bytes], deadline: float, show: Callable[[bytes], None], messages: bytearray,
            typed: Optional[int]) -> bool:
    """Copies until QEMU has ended; False when the deadline came first."""
    assert process.stdout is not None and process.stderr is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, show)
        selector.register(process.stderr, selectors.EVENT_READ, messages.extend)
        open_streams = 2
        if typed is not None:
            selector.register(typed, selectors.EVENT_READ, None)
        while open_streams > 0:
            for key in _ready(selector, deadline):
                if key is None:
                    return False
                data = os.read(key.fd, _CHUNK)
                if key.fd == typed:
                    if not data or not _type(process, data):
                        selector.unregister(typed)
                elif data:
                    key.data(data)
                else:
                    selector.unregister(key.fileobj)
                    open_streams -= 1
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _ready(selector: selectors.BaseSelector, deadline: float) -> Iterator[Optional[selectors.SelectorKey]]:
    """What can be read; None when the deadline came first."""
    left = deadline - time.monotonic()
    events = selector.select(left) if left > 0 else []
    if left <= 0:
        yield None
    for key, _ in events:
        yield key


def _type(process: subprocess.Popen[bytes], data: bytes) -> bool:
    assert process.stdin is not None
    try:
        process.stdin.write(data)
        process.stdin.flush()
    except BrokenPipeError:
        return False
    return True
