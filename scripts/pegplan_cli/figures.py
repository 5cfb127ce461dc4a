"""Figures of boards in instructions: what an image prints, the files they are kept in, and whether they have become worse."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping, Optional

from .errors import PegplanError
from .project import ROOT

BASELINES = ROOT / "tests" / "perf" / "baseline"
TOLERANCE_PERCENT = 2.0
"""A row may become so much worse before somebody must say that it shall."""

MASKED = "masked: "
"""How the names of rows begin that are found by looking at many moments."""
MASKED_RESOLUTION = 8
"""By so many instructions these depend on which moments there are, which depends on anything."""

_LINE = re.compile(r"^(?:group (?P<group>.+)|row (?P<name>.+): (?P<mean>\d+\.\d+) (?P<worst>\d+))$")


@dataclass(frozen=True)
class Row:
    """What an operation costs, in instructions."""

    group: str
    name: str
    instructions: float
    """The mean."""
    worst: int


@dataclass(frozen=True)
class Figures:
    """The rows of a board."""

    board: str
    config: str
    """What the kernel was configured by: the profile, fragments and options on top."""
    rows: tuple[Row, ...]

    def by_name(self) -> dict[str, Row]:
        """The rows, each name once."""
        return {row.name: row for row in self.rows}

    def to_json(self) -> str:
        """As a file."""
        rows = [{"group": row.group, "name": row.name, "instructions": row.instructions, "worst": row.worst} for row in self.rows]
        lines = ",\n".join("  " + json.dumps(row) for row in rows)
        head = json.dumps({"board": self.board, "config": self.config, "unit": "instructions"})
        return f'{head[:-1]}, "rows": [\n{lines}\n]}}\n'


def parse(text: str, board: str, config: str) -> Figures:
    """The lines `group …` and `row …: <mean> <worst>` of a console."""
    group = ""
    rows: dict[str, Row] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        if match["group"]:
            group = match["group"]
        elif match["name"] in rows:
            raise PegplanError(f"the image for {board} has printed the row {match['name']!r} twice")
        else:
            rows[match["name"]] = Row(group, match["name"], float(match["mean"]), int(match["worst"]))
    if not rows:
        raise PegplanError(f"the image for {board} has printed no figures")
    return Figures(board, config, tuple(rows.values()))


def baseline_of(board: str) -> Path:
    """Where the board's figures are kept."""
    return BASELINES / f"{board}.json"


def load(path: Path) -> Figures:
    """Reads a file that `to_json` has made."""
    try:
        facts: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PegplanError(f"cannot read {path}: {error.strerror}; `pegplan bench --json F` writes such a file") from error
    except ValueError as error:
        raise PegplanError(f"{path} is no JSON: {error}; `pegplan bench --json F` writes such a file") from error
    try:
        rows = tuple(Row(str(row.get("group", "")), str(row["name"]), float(row["instructions"]), int(row["worst"]))
                     for row in facts["rows"])
        return Figures(str(facts["board"]), str(facts["config"]), rows)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise PegplanError(f"{path} has no figures of instructions ({type(error).__name__}: {error}); "
                           "`pegplan bench --json F` on an emulated board writes such a file") from error


@dataclass(frozen=True)
class Change:
    """A row that is not what it was. None where there was none, or is none any more."""

    name: str
    before: Optional[Row]
    now: Optional[Row]

    @property
    def is_worse(self) -> bool:
        """Whether it needs a new baseline: a row that has become worse, is new, or is gone."""
        if self.before is None or self.now is None:
            return True
        allowance = MASKED_RESOLUTION if self.name.startswith(MASKED) else 0
        return (_is_worse(self.before.instructions, self.now.instructions, allowance)
                or _is_worse(self.before.worst, self.now.worst, allowance))

    def describe(self) -> tuple[str, str, str, str]:
        """For a table: name, before, now, change of the mean."""
        percent = ""
        if self.before is not None and self.now is not None and self.before.instructions > 0:
            percent = f"{100 * (self.now.instructions / self.before.instructions - 1):+.1f} %"
        return self.name, _shown(self.before), _shown(self.now), percent


def changes(before: Figures, now: Figures) -> Iterator[Change]:
    """The rows in which two sets of figures differ."""
    old: Mapping[str, Row] = before.by_name()
    new: Mapping[str, Row] = now.by_name()
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name), new.get(name)
        if a is None or b is None or (a.instructions, a.worst) != (b.instructions, b.worst):
            yield Change(name, a, b)


def _is_worse(before: float, now: float, allowance: float) -> bool:
    return now > before * (1 + TOLERANCE_PERCENT / 100) + allowance


def _shown(row: Optional[Row]) -> str:
    return "–" if row is None else f"{row.instructions:.2f} (worst {row.worst})"
