"""Which lines and branches of core the tests execute: runs them on the host with counting images, and makes a report.

gcc counts (HOST_COVERAGE), each image adds its counts to those beside its objects when it ends, and gcovr brings together
all objects of all configurations, line by line.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, Optional, Sequence

from . import terminal
from .errors import PegplanError
from .project import BUILD, ROOT

DEFAULT_OUTPUT = BUILD / "coverage"
REPORT_NAME = "index.html"
SUMMARY_NAME = "summary.json"

BOARD = "host"
COUNTED = "core"
"""The folder that the report is about."""
TESTS = ("tests/qemu", "tests/host", "tests/unit")

_BELOW_MINIMUM = 1
_REPORT_LIMIT_S = 600.0
_SOURCES = (".cpp", ".hpp")


@dataclass
class Count:
    """How much there is, and how much of it was executed."""

    lines: int = 0
    lines_covered: int = 0
    branches: int = 0
    branches_covered: int = 0

    def add(self, other: Count) -> None:
        """Adds another count to this one."""
        self.lines += other.lines
        self.lines_covered += other.lines_covered
        self.branches += other.branches
        self.branches_covered += other.branches_covered

    def row(self) -> tuple[str, ...]:
        """For a table."""
        return (f"{self.lines_covered}/{self.lines}", _percent(self.lines_covered, self.lines),
                f"{self.branches_covered}/{self.branches}", _percent(self.branches_covered, self.branches))

    def reaches(self, percent: float) -> bool:
        """Whether so much of the lines was executed."""
        return self.lines_covered * 100 >= percent * self.lines


def _percent(covered: int, total: int) -> str:
    return f"{100 * covered / total:.1f} %" if total else "-"


@dataclass
class Figures:
    """What a report says, by file and by folder."""

    files: dict[str, Count] = field(default_factory=dict)
    folders: dict[str, Count] = field(default_factory=dict)
    total: Count = field(default_factory=Count)

    @classmethod
    def load(cls, summary: Path) -> Figures:
        """Reads gcovr's summary."""
        figures = cls()
        for entry in json.loads(summary.read_text(encoding="utf-8"))["files"]:
            count = Count(entry["line_total"], entry["line_covered"], entry["branch_total"], entry["branch_covered"])
            name = entry["filename"]
            figures.files[name] = count
            figures.folders.setdefault(name.rpartition("/")[0], Count()).add(count)
            figures.total.add(count)
        return figures

    def missing(self) -> list[str]:
        """Sources that no test has compiled, or in which there is nothing to execute."""
        names = (file.relative_to(ROOT).as_posix() for file in (ROOT / COUNTED).rglob("*") if file.suffix in _SOURCES)
        return sorted(name for name in names if name not in self.files)

    def headline(self) -> str:
        """The figure, in one line."""
        lines, line_percent, branches, branch_percent = self.total.row()
        return f"{COUNTED}: {line_percent} of lines ({lines}), {branch_percent} of branches ({branches})"

    def show(self) -> None:
        """Prints a table."""
        rows = []
        for folder, count in sorted(self.folders.items()):
            rows.append((f"{folder}/", *count.row()))
            rows += [(f"  {name.rpartition('/')[2]}", *own.row()) for name, own in sorted(self.files.items())
                     if name.rpartition("/")[0] == folder]
        rows.append(("total", *self.total.row()))
        terminal.table("Coverage", ("file", "lines", "", "branches", ""), rows)


def run_coverage(output: Optional[Path], min_lines: Optional[float], pytest_command: Sequence[str]) -> int:
    """Runs tests and reports; returns the exit code: that of the tests when one fails."""
    output = (output or DEFAULT_OUTPUT).resolve()
    folder = Path(os.environ.get("PEGPLAN_TEST_BUILD_DIR", BUILD / "tests")).resolve() / "coverage"
    with _locked(folder):
        for counts in folder.rglob("*.gcda"):
            counts.unlink()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment["PEGPLAN_TEST_BUILD_DIR"] = str(folder)
        status = subprocess.run([*pytest_command, "--coverage", "--board", BOARD], env=environment, check=False).returncode
        if not any(folder.rglob("*.gcda")):
            terminal.say("no test has executed anything that counts; there is no report")
            return status or _BELOW_MINIMUM
        figures = _report(folder, output)
    figures.show()
    terminal.say("without counted lines: " + ", ".join(figures.missing()))
    terminal.say(f"the report is {terminal.shown_path(output / REPORT_NAME)}")
    print(figures.headline())
    if status == 0 and min_lines is not None and not figures.total.reaches(min_lines):
        terminal.say(f"fewer lines than {min_lines:g} % were executed")
        return _BELOW_MINIMUM
    return status


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keeps other reports out: they would count what this one's tests execute."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = open(folder / ".lock", "w", encoding="utf-8")
    except OSError as error:
        raise PegplanError(f"cannot write to {folder}: {error.strerror}; PEGPLAN_TEST_BUILD_DIR names another folder") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _report(objects: Path, output: Path) -> Figures:
    """Has gcovr write the report and a summary."""
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PegplanError(f"cannot write the report to {output}: {error.strerror}; --output names another folder") from error
    command = [
        "gcovr", "--root", str(ROOT), "--filter", f"{COUNTED}/", "--exclude-throw-branches",
        "-j", str(len(os.sched_getaffinity(0))), "--html-title", "Pegplan: what the tests execute",
        "--html-details", str(output / REPORT_NAME), "--json-summary", str(output / SUMMARY_NAME), str(objects),
    ]
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              timeout=_REPORT_LIMIT_S)
    except subprocess.TimeoutExpired as expired:
        # Its other jobs wait for ever for one that met counts it cannot read.
        said = (expired.stdout or b"").decode(errors="replace")
        raise PegplanError(f"gcovr came to no end in {_REPORT_LIMIT_S:g} s; it said:\n{said}") from expired
    if done.returncode != 0:
        raise PegplanError(f"gcovr failed with status {done.returncode}:\n{done.stdout}")
    sys.stderr.write(done.stdout)
    return Figures.load(output / SUMMARY_NAME)
