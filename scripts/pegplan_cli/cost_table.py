"""The table of what primitives cost, in a page of the documentation: a row for each measurement, a column for each board."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping, Optional, Sequence

from .errors import PegplanError

UNKNOWN = "–"
"""In the place of a figure that has not been measured."""


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |" if cells[0] else f"| | {' | '.join(cells[1:])} |"


def _place(lines: Sequence[str], board: str, page: Path) -> tuple[int, int, int]:
    """First and last line of the table that has a column for the board, and the column's number."""
    for number, line in enumerate(lines):
        if line.startswith("|") and board in _cells(line)[1:]:
            end = number
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            return number, end, _cells(line).index(board)
    raise PegplanError(f"{page} has no table with a column {board}: add the column by hand")


def read(page: Path, board: str) -> dict[str, Optional[int]]:
    """The figures of a board, by the names of the rows."""
    lines = page.read_text(encoding="utf-8").splitlines()
    begin, end, column = _place(lines, board, page)
    rows = (_cells(line) for line in lines[begin + 2:end])
    return {cells[0]: None if cells[column] == UNKNOWN else int(cells[column]) for cells in rows}


def write(page: Path, board: str, figures: Mapping[str, float]) -> None:
    """Puts measured figures, rounded, into the board's column. Rows are those that were measured, in that order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    begin, end, column = _place(lines, board, page)
    width = len(_cells(lines[begin]))
    old = {cells[0]: cells for cells in map(_cells, lines[begin + 2:end])}
    rows = []
    for name, figure in figures.items():
        cells = old.get(name, [name, *[UNKNOWN] * (width - 1)])
        cells[column] = str(round(figure))
        rows.append(_line(cells))
    page.write_text("\n".join([*lines[:begin + 2], *rows, *lines[end:]]) + "\n", encoding="utf-8")
