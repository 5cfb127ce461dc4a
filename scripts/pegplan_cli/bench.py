"""What threads and primitives cost.

On boards that run in an emulator, in instructions: the figures are those of the application tests/perf/primitives. On boards
that run as a process, in nanoseconds, beside the least that the machine needs and beside a peer: tests/perf/host_bench,
which is run several times, and so is the peer, a program of this machine, where its library is installed. Both
applications say what their rows are.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Sequence

from . import cost_table, machine, terminal
from .build import Build
from .errors import PegplanError
from .project import GENERATED_NAME, ROOT

_PEER = ROOT / "tests" / "perf" / "peers" / "boost_fibers.cpp"
_PEER_LIBRARIES = ("-lboost_fiber", "-lboost_context")
_LIMIT_S = 120.0

_INSTRUCTIONS = re.compile(r"^row (.+?): ([\d.]+)$", re.MULTILINE)
_ROW = re.compile(r"^row (.+?) +([\d.]+) +([\d.]+) +([\d.]+)$", re.MULTILINE)
_RATIO = re.compile(r"^ratio (.+?) +([\d.]+)$", re.MULTILINE)
_SPAWN_ROW = "spawn and join, equal"
_PEER_SPAWN_ROW = "boost::fibers, create and join"


@dataclass
class Figures:
    """What several runs have measured, by name."""

    medians: dict[str, list[float]] = field(default_factory=dict)
    least: dict[str, float] = field(default_factory=dict)
    most: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, list[float]] = field(default_factory=dict)

    def add(self, text: str) -> None:
        """Takes the output of one run."""
        for name, median, least, most in _ROW.findall(text):
            self.medians.setdefault(name, []).append(float(median))
            self.least[name] = min(float(least), self.least.get(name, float(least)))
            self.most[name] = max(float(most), self.most.get(name, float(most)))
        for name, ratio in _RATIO.findall(text):
            self.ratios.setdefault(name, []).append(float(ratio))

    def add_ratio(self, over: str, under: str) -> None:
        """Adds the ratio of two rows, run by run."""
        if over in self.medians and under in self.medians:
            self.ratios[f"{over} / {under}"] = [a / b for a, b in zip(self.medians[over], self.medians[under])]


def count_instructions(build: Build, report: Optional[Path], page: Optional[Path] = None) -> int:
    """Runs what has been built in an emulator that counts, and prints a table."""
    description = machine.Description.load(build.directory / GENERATED_NAME / "run.json")
    rows = _INSTRUCTIONS.findall(_image_output(description, build.image, description.deterministic_arguments()))
    if not rows:
        raise PegplanError(f"{build.image} has printed no figures")
    terminal.table(f"Instructions on {description.board}", ("row", "instructions"), rows)
    _write(report, {"board": description.board, "unit": "instructions",
                    "rows": [{"name": name, "instructions": float(count)} for name, count in rows]})
    if page is not None:
        cost_table.write(page, description.board, {name: float(count) for name, count in rows})
    return 0


def measure_nanoseconds(build: Build, runs: int, report: Optional[Path]) -> int:
    """Runs what has been built on this machine, several times, and prints a table."""
    description = machine.Description.load(build.directory / GENERATED_NAME / "run.json")
    peer = _build_peer(build.directory)
    figures = Figures()
    for _ in range(runs):
        figures.add(_image_output(description, build.image))
        if peer is not None:
            figures.add(subprocess.run([str(peer)], check=True, capture_output=True, text=True, timeout=_LIMIT_S).stdout)
    figures.add_ratio(_SPAWN_ROW, _PEER_SPAWN_ROW)
    terminal.table(
        f"Nanoseconds on {description.board}, {runs} runs", ("row", "median", "least", "most"),
        [(name, f"{statistics.median(medians):.2f}", f"{figures.least[name]:.2f}", f"{figures.most[name]:.2f}")
         for name, medians in figures.medians.items()],
    )
    terminal.table("Ratios", ("ratio", "median"),
                   [(name, f"{statistics.median(ratios):.2f}") for name, ratios in figures.ratios.items()])
    _write(report, {"board": description.board, "unit": "nanoseconds", "runs": runs,
                    "rows": [{"name": name, "median": statistics.median(medians), "least": figures.least[name],
                              "most": figures.most[name]} for name, medians in figures.medians.items()],
                    "ratios": [{"name": name, "median": statistics.median(ratios)}
                               for name, ratios in figures.ratios.items()]})
    if peer is None:
        terminal.say("boost::fibers is not measured: it is not installed (libboost-fiber-dev)")
    return 0


def _write(report: Optional[Path], figures: dict[str, object]) -> None:
    if report is not None:
        report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _image_output(description: machine.Description, image: Path, arguments: Sequence[str] = ()) -> str:
    shown = bytearray()
    outcome = machine.boot(description, image, _LIMIT_S, shown.extend, arguments)
    if outcome.code != 0:
        raise PegplanError(f"the bench ended with {outcome.end.value}, exit code {outcome.code}:\n"
                           + shown.decode(errors="replace") + outcome.messages)
    return shown.decode(errors="replace").replace("\r\n", "\n")


def _build_peer(directory: Path) -> Optional[Path]:
    """The peer's program; None where its library is not installed."""
    compiler = shutil.which("g++")
    program = directory / "peer"
    if compiler is None:
        return None
    if program.exists() and program.stat().st_mtime > _PEER.stat().st_mtime:
        return program
    result = subprocess.run([compiler, "-std=c++20", "-O2", str(_PEER), "-o", str(program), *_PEER_LIBRARIES],
                            check=False, capture_output=True, text=True)
    return program if result.returncode == 0 else None
