"""What threads cost on a board that runs as a process: nanoseconds, beside the least that the machine needs and beside a peer.

The figures are those of the application tests/perf/host_bench, which says what its rows are; it is run several times, and
so is the peer, a program of this machine, where its library is installed.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from . import machine, terminal
from .build import Build
from .errors import PegplanError
from .project import GENERATED_NAME, ROOT

_PEER = ROOT / "tests" / "perf" / "peers" / "boost_fibers.cpp"
_PEER_LIBRARIES = ("-lboost_fiber", "-lboost_context")
_LIMIT_S = 120.0

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


def run_bench(build: Build, runs: int) -> int:
    """Runs what has been built, and prints a table."""
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
    if peer is None:
        terminal.say("boost::fibers is not measured: it is not installed (libboost-fiber-dev)")
    return 0


def _image_output(description: machine.Description, image: Path) -> str:
    shown = bytearray()
    outcome = machine.boot(description, image, _LIMIT_S, shown.extend)
    if outcome.code != 0:
        raise PegplanError(f"the bench ended with {outcome.end.value}, exit code {outcome.code}:\n"
                           + shown.decode(errors="replace") + outcome.messages)
    return shown.decode(errors="replace")


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
