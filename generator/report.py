"""What the generator tells people: the merge of options, the files written, the table of boards."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

from .boards import BoardSummary
from .model import Assignment, Configuration, OptionKind
from .write import WriteReport


def merge_report(configuration: Configuration) -> list[str]:
    """The fragments in order; each option that was set, its value, who set it, and whom that overrode."""
    sources = ["fragments, the last word last:", *(f"  {file.shown}" for file in configuration.fragments)]
    if not configuration.merge:
        return [*sources, "options: all at their defaults"]
    kinds = {option.name: option.kind for option in configuration.options}

    def shown(assignment: Assignment) -> str:
        if assignment.value is None:
            return "(default)"
        return f'"{assignment.value}"' if kinds[assignment.name] is OptionKind.STRING else assignment.value

    rows = [(assignment.name, shown(assignment), assignment.origin.shown) for assignment in configuration.merge]
    lines = [*sources, "options:"]
    for line, assignment in zip(_columns(rows), configuration.merge):
        lines.append(f"  {line}")
        for earlier in assignment.overridden:
            name = "" if earlier.name == assignment.name else f"{earlier.name} = "
            lines.append(f"      overrides {name}{shown(earlier)} of {earlier.origin.shown}")
    return lines


def write_report(report: WriteReport) -> list[str]:
    """What happened to the files."""
    lines = [f"files: {len(report.written)} written, {len(report.unchanged)} unchanged, {len(report.removed)} removed"]
    lines += [f"  wrote   {path}" for path in report.written]
    lines += [f"  removed {path}" for path in report.removed]
    return lines


def board_table(boards: Sequence[BoardSummary]) -> list[str]:
    """A table of boards, and the mistakes in those that cannot be used."""
    good = [board for board in boards if not board.error]
    rows = [("BOARD", "ARCH", "CPUS", "RAM", "RUNS BY")]
    rows += [(board.name, board.arch, str(board.cpus), board.ram, board.run) for board in good]
    return _columns(rows) + [f"{board.name}: {board.error}" for board in boards if board.error]


def _columns(rows: Iterable[Sequence[str]]) -> list[str]:
    rows = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows]
