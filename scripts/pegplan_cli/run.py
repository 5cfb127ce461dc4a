"""Boots what a build folder holds and shows its console. Also run by CMake's `run` target, as a module:

    python3 scripts/pegplan_cli/run.py BUILD_FOLDER
"""

from __future__ import annotations

import collections
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Optional, Sequence

if __package__ in (None, ""):  # run as a file
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    __package__ = "pegplan_cli"

from pegplan_cli import console, machine, terminal
from pegplan_cli.build import read_cache
from pegplan_cli.errors import EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_TIMEOUT, PegplanError
from pegplan_cli.project import GENERATED_NAME, IMAGE_NAME
from pegplan_cli.symbolise import Symboliser

LIMIT_S = 600.0
"""A run that nobody watches ends after this long."""
LIMIT_AT_TERMINAL_S = 24 * 3600.0
LAST_LINES = 20


class LastLines:
    """Remembers the end of what was shown."""

    def __init__(self) -> None:
        self._lines: collections.deque[bytes] = collections.deque([b""], maxlen=LAST_LINES + 1)

    def add(self, data: bytes) -> None:
        """Takes more."""
        first, *others = data.split(b"\n")
        self._lines[-1] += first
        self._lines.extend(others)

    def text(self) -> str:
        """The last lines, without the empty one at the end."""
        lines = list(self._lines)
        if lines and not lines[-1]:
            lines.pop()
        return "".join(f"  {line.decode(errors='replace')}\n" for line in lines[-LAST_LINES:])


def run_build(directory: Path, limit_s: Optional[float] = None, icount: bool = False, verbose: bool = False) -> int:
    """Boots the image of a build folder, with the console on stdout; returns the exit code for the user."""
    image = directory / IMAGE_NAME
    description_file = directory / GENERATED_NAME / "run.json"
    if not image.exists() or not description_file.exists():
        raise PegplanError(f"there is no image in {directory}; build it first")
    description = machine.Description.load(description_file)
    symboliser = Symboliser(image, read_cache(directory).get("CMAKE_ADDR2LINE"))
    stages: list[console.Filter] = [console.Newlines()]
    if not verbose:
        stages.append(console.FirmwareBanner())
    stages.append(console.TraceLines(symboliser.describe_frame))
    chain = console.Chain(*stages)
    last = LastLines()

    def show(data: bytes) -> None:
        shown = chain.feed(data)
        last.add(shown)
        _write(shown)

    extra = description.deterministic_arguments() if icount else ()
    if verbose:
        terminal.say(f"image {image}")
        terminal.say("running " + " ".join((*description.command, *extra)))
    with _terminal_input() as typed:
        if limit_s is None:
            limit_s = LIMIT_S if typed is None else LIMIT_AT_TERMINAL_S
        outcome = machine.boot(description, image, limit_s, show, extra, typed)
    rest = chain.finish()
    last.add(rest)
    _write(rest)
    return _conclude(outcome, limit_s, last)


def _conclude(outcome: machine.Outcome, limit_s: float, last: LastLines) -> int:
    if outcome.messages:
        sys.stderr.write(outcome.messages)
    if outcome.end is machine.End.EXITED:
        assert outcome.code is not None
        return outcome.code
    if outcome.end is machine.End.INTERRUPTED:
        terminal.say("interrupted; the machine was ended")
        return EXIT_INTERRUPTED
    if outcome.end is machine.End.TIMED_OUT:
        text = last.text()
        terminal.say(f"no end after {limit_s:g} s; the machine was ended. "
                     + (f"The last lines of its console:\n{text.rstrip()}" if text else "Its console showed nothing."))
        return EXIT_TIMEOUT
    status = outcome.emulator_status
    if status is not None and status < 0:
        terminal.say(f"the emulator died of signal {-status}")
    elif status:
        terminal.say(f"the emulator ended with status {status}, and the image left no exit code")
    else:
        terminal.say("the machine stopped without an exit code: a reset, as after a fault that the kernel could not handle")
    return EXIT_FAILURE


def _write(data: bytes) -> None:
    """To stdout at once, past Python's buffers."""
    if data:
        sys.stdout.flush()
        view = memoryview(data)
        while view:
            view = view[os.write(sys.stdout.fileno(), view):]


@contextmanager
def _terminal_input() -> Iterator[Optional[int]]:
    """The descriptor to copy typed characters from, with the terminal passing each on at once and without echo; None when
    there is no terminal, or when it belongs to another job. Puts the terminal back."""
    try:
        descriptor = sys.stdin.fileno()
        ours = os.isatty(descriptor) and os.tcgetpgrp(descriptor) == os.getpgrp()
    except (AttributeError, OSError, ValueError):
        ours = False
    if not ours:
        yield None
        return
    import termios

    before = termios.tcgetattr(descriptor)
    during = termios.tcgetattr(descriptor)
    during[3] &= ~(termios.ICANON | termios.ECHO)  # Ctrl-C stays a signal
    handlers = {number: signal.signal(number, _end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, during)
        yield descriptor
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _end(number: int, _frame: object) -> None:
    """Leaves through all `finally` blocks."""
    sys.exit(128 + number)


def main(arguments: Sequence[str]) -> int:
    """Of the `run` target."""
    try:
        return run_build(Path(arguments[0]))
    except PegplanError as error:
        terminal.say(str(error))
        return error.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
