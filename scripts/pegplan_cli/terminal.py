"""What is printed where. Results and the board's console go to stdout; everything else goes to stderr."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import IO, Iterable, Sequence

# What ninja and make print for each step, and when there is none.
_PROGRESS = re.compile(r"^\[\s*\d+(/\d+|%)\] ")
_IDLE = re.compile(r"^ninja: (no work to do\.|Entering directory)")

# What CMake's check of globs prints before it runs CMake again.
_GLOB_MISMATCH = "-- GLOB mismatch!\n"


def say(text: str) -> None:
    """Prints a line of status."""
    print(f"pegplan: {text}", file=sys.stderr, flush=True)


def shown_path(path: Path) -> str:
    """A path as short as it can be opened from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def may_ask(yes: bool = False) -> bool:
    """Whether there is somebody to ask: not with --yes, under CI, or without a terminal."""
    if yes or os.environ.get("CI", "").lower() not in ("", "0", "false", "no"):
        return False
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """Asks, with yes as the default. Only when `may_ask`."""
    print(f"{question} [Y/n] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    return answer.endswith("\n") and answer.strip().lower() in ("", "y", "yes")


class Steps:
    """Shows the output of a build tool while it comes: its steps in place on a terminal and not at all elsewhere; what a
    compiler says as it is; what CMake says when it runs again only when it matters."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._in_place = sys.stderr.isatty() and not verbose
        self._width = shutil.get_terminal_size().columns - 1
        self._step_shown = False
        self._after_failed = False
        self._configuring = False
        self.configure_output: list[str] = []
        """What CMake printed in a run that had not ended in a step of the build."""

    def follow(self, stream: IO[str]) -> None:
        """Shows all of the stream."""
        for line in stream:
            self._line(line)
            sys.stderr.flush()
        self._clear()
        sys.stderr.flush()

    def _line(self, line: str) -> None:
        if self._verbose:
            sys.stderr.write(line)
        elif "Re-running CMake" in line:
            self._configuring = True
            self._step(line)
        elif _PROGRESS.match(line):
            self._end_of_configure()
            self._step(line)
        elif self._configuring and not line.startswith("ninja: "):
            self.configure_output.append(line)
        elif _IDLE.match(line):
            self._end_of_configure()
        elif line == _GLOB_MISMATCH:
            pass
        elif self._after_failed:
            self._after_failed = False  # the command line of the step that failed
        else:
            self._after_failed = line.startswith("FAILED: ")
            self._write(line)

    def _end_of_configure(self) -> None:
        if self._configuring:
            self._configuring = False
            for line in self.configure_output:
                if not line.startswith("-- "):
                    self._write(line)
            self.configure_output.clear()

    def _step(self, line: str) -> None:
        if self._in_place:
            self._clear()
            sys.stderr.write(line.rstrip("\n")[: self._width])
            self._step_shown = True

    def _write(self, line: str) -> None:
        self._clear()
        sys.stderr.write(line)

    def _clear(self) -> None:
        if self._step_shown:
            sys.stderr.write("\r\033[K")
            self._step_shown = False


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table: with rich on a terminal when it is there, else plain columns without a title."""
    rows = [tuple(row) for row in rows]
    if sys.stdout.isatty():
        try:
            from rich.console import Console
            from rich.table import Table
        except ImportError:
            pass
        else:
            pretty = Table(title=title, title_justify="left")
            for index, name in enumerate(header):
                pretty.add_column(name, no_wrap=index == 0)
            for row in rows:
                pretty.add_row(*row)
            Console().print(pretty)
            return
    widths = [max(len(row[column]) for row in [tuple(header), *rows]) for column in range(len(header))]
    for row in [tuple(header), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
