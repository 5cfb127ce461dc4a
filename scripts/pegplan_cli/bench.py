"""What threads and primitives cost.

On boards that run in an emulator, in instructions: the figures are those of the application tests/perf/suite, and with several
CPUs those of tests/qemu/apps/smp_scale. On boards
that run as a process, in nanoseconds, beside the least that the machine needs and beside a peer: tests/perf/host_bench,
which is run several times, and so is the peer, a program of this machine, where its library is installed. The
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

from . import figures as instructions
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


def count_instructions(build: Build, config: str, report: Optional[Path], compare: Optional[Path], update: bool) -> int:
    """Runs what has been built in an emulator that counts, prints a table, and compares. Fails when a row is worse than the one
    that it is compared with; as the baseline, it is kept instead."""
    description = machine.Description.load(build.directory / GENERATED_NAME / "run.json")
    before = instructions.load(compare) if compare is not None else None
    text = _image_output(description, build.image, description.deterministic_arguments())
    now = instructions.parse(text, description.board, config)
    terminal.table(f"Instructions on {description.board}", ("row", "mean", "worst"),
                   [(row.name, f"{row.instructions:.2f}", str(row.worst)) for row in now.rows])
    if report is not None:
        _write(report, now.to_json())
    if update:
        _update_baseline(now)
    return 0 if before is None else _judge(before, now)


def _update_baseline(now: instructions.Figures) -> None:
    from . import performance

    file = instructions.baseline_of(now.board)
    before = instructions.load(file) if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    file.write_text(now.to_json(), encoding="utf-8")
    terminal.say(f"wrote {terminal.shown_path(file)}; say in the commit why rows have become worse, if any have")
    if before is not None:
        _show_changes(list(instructions.changes(before, now)))
    performance.write()


def _judge(before: instructions.Figures, now: instructions.Figures) -> int:
    """Shows what has changed; returns the exit code."""
    if before.board != now.board:
        raise PegplanError(f"the figures to compare with are of {before.board}, not of {now.board}; instructions of two boards "
                           "say nothing about one another")
    if before.config != now.config:
        terminal.say(f"the configurations differ: {before.config} before, {now.config} now")
    changes = list(instructions.changes(before, now))
    _show_changes(changes)
    worse = [change.name for change in changes if change.is_worse]
    if not worse:
        return 0
    terminal.say(f"{len(worse)} rows are more than {instructions.TOLERANCE_PERCENT:g} % worse, new, or gone: {'; '.join(worse)}. If "
                 f"that shall be so: `pegplan bench --board {now.board} --update-baseline`, and say why in the same commit")
    return 1


def _show_changes(changes: Sequence[instructions.Change]) -> None:
    if changes:
        terminal.table("Changes", ("row", "before", "now", "change"), [change.describe() for change in changes])
    else:
        terminal.say("no row has changed")


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
    if report is not None:
        facts = {"board": description.board, "unit": "nanoseconds", "runs": runs,
                 "rows": [{"name": name, "median": statistics.median(medians), "least": figures.least[name],
                           "most": figures.most[name]} for name, medians in figures.medians.items()],
                 "ratios": [{"name": name, "median": statistics.median(ratios)} for name, ratios in figures.ratios.items()]}
        _write(report, json.dumps(facts, indent=2) + "\n")
    if peer is None:
        terminal.say("boost::fibers is not measured: it is not installed (libboost-fiber-dev)")
    return 0


def measure_scale(builds: Sequence[tuple[int, Build]], config: str, report: Optional[Path]) -> int:
    """Runs images for several numbers of CPUs in an emulator that counts, and prints a column for each."""
    columns: dict[int, instructions.Figures] = {}
    for cpus, build in builds:
        description = machine.Description.load(build.directory / GENERATED_NAME / "run.json")
        text = _image_output(description, build.image, description.deterministic_arguments())
        columns[cpus] = instructions.parse(text, description.board, config)
    first = next(iter(columns.values()))
    terminal.table(f"Instructions on {first.board}", ("row", *(f"{cpus} CPUs" for cpus in columns)),
                   [(row.name, *(f"{figures.by_name()[row.name].instructions:.2f}" for figures in columns.values()))
                    for row in first.rows])
    if report is not None:
        rows = [{"name": row.name, "cpus": cpus, "instructions": row.instructions, "worst": row.worst}
                for cpus, figures in columns.items() for row in figures.rows]
        _write(report, json.dumps({"board": first.board, "config": config, "unit": "instructions", "rows": rows}, indent=1) + "\n")
    return 0


def _write(report: Path, text: str) -> None:
    try:
        report.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PegplanError(f"cannot write {report}: {error.strerror}") from error


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
