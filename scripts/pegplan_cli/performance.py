"""docs/performance.md and its picture, made of the baselines and of what is known of other kernels.

The words stand in tests/perf/performance.md.in; a line `@name` there is replaced by a table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional, Sequence
from xml.sax.saxutils import escape

from . import figures, terminal
from .figures import Figures, Row
from .project import ROOT

PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance.svg"
_TEMPLATE = ROOT / "tests" / "perf" / "performance.md.in"
_PEERS = ROOT / "tests" / "perf" / "peers" / "figures.yaml"

_GOAL = 0.5
"""Of the best peer's instructions."""
_GROWTH = "Growth"

Peers = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Row, kernel, architecture: instructions."""


def write() -> None:
    """Writes both files anew."""
    for path, text in render().items():
        path.write_text(text, encoding="utf-8")
        terminal.say(f"wrote {terminal.shown_path(path)}")


def render() -> dict[Path, str]:
    """What the files must contain."""
    import yaml

    peers: Mapping[str, Any] = yaml.safe_load(_PEERS.read_text(encoding="utf-8"))
    boards = [figures.load(figures.baseline_of(board)) for board in peers["arches"]
              if figures.baseline_of(board).exists()]
    arches: Mapping[str, str] = peers["arches"]
    tables = {
        "goals": lambda: _comparison(boards, arches, peers["thread_metric"]),
        "latency": lambda: _comparison(boards, arches, peers["latency"]),
        "growth": lambda: _growth(boards),
        "rows": lambda: _all_rows(boards),
        "configuration": lambda: "\n".join(f"- {board.board}: {board.config}" for board in boards),
        "missed": lambda: _missed(boards, arches, {**peers["thread_metric"], **peers["latency"]}),
    }
    lines = _TEMPLATE.read_text(encoding="utf-8").splitlines()
    page = "\n".join(tables[line[1:]]() if line.startswith("@") else line for line in lines) + "\n"
    return {PAGE: page, PICTURE: _picture(boards, arches, peers["thread_metric"])}


# ---- tables -----------------------------------------------------------------------------------------------------------


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value - round(value)) < 0.05 or value >= 1000 else f"{value:,.1f}"


def _best(kernels: Mapping[str, Mapping[str, float]], arch: str) -> Optional[tuple[str, float]]:
    """The peer that takes the fewest instructions."""
    return min(((name, by_arch[arch]) for name, by_arch in kernels.items() if arch in by_arch),
               key=lambda item: item[1], default=None)


def _comparison(boards: Sequence[Figures], arches: Mapping[str, str], peers: Peers) -> str:
    rows = []
    for name, kernels in peers.items():
        for board in boards:
            arch = arches[board.board]
            best = _best(kernels, arch)
            own = board.by_name().get(name)
            if best is None or own is None:
                continue
            target = best[1] * _GOAL
            rows.append([name, arch, _number(own.instructions), str(own.worst), f"{_number(best[1])} ({best[0]})",
                         f"{own.instructions / best[1]:.2f}", _number(target), "yes" if own.instructions <= target else "no"])
    return _table(("row", "architecture", "mean", "worst", "best peer", "ratio", "goal", "met"), rows)


def _missed(boards: Sequence[Figures], arches: Mapping[str, str], peers: Peers) -> str:
    """How many goals are met, by architecture."""
    lines = []
    for board in boards:
        arch = arches[board.board]
        met = behind = count = 0
        for name, kernels in peers.items():
            best = _best(kernels, arch)
            own = board.by_name().get(name)
            if best is not None and own is not None:
                count += 1
                met += own.instructions <= best[1] * _GOAL
                behind += own.instructions > best[1]
        lines.append(f"- {arch}: {met} of {count} rows reach the goal; {behind} take more instructions than the best peer.")
    return "\n".join(lines)


def _growth(boards: Sequence[Figures]) -> str:
    """A line for each operation and board, a column for each number of threads."""
    columns: dict[int, None] = {}
    cells: dict[tuple[str, str], dict[int, Row]] = {}
    for board in boards:
        for row in board.rows:
            if row.group == _GROWTH:
                operation, count = row.name.removesuffix(" threads").rsplit(", ", 1)
                columns[int(count)] = None
                cells.setdefault((operation, board.board), {})[int(count)] = row
    rows = [[operation, board, *(_number(found[count].instructions) if count in found else "" for count in columns)]
            for (operation, board), found in sorted(cells.items(), key=lambda item: item[0][0])]
    return _table(("operation", "board", *(f"{count:,} threads" for count in columns)), rows)


def _all_rows(boards: Sequence[Figures]) -> str:
    """All but the growth, a column for each board: mean and worst."""
    parts = []
    groups = dict.fromkeys(row.group for board in boards for row in board.rows if row.group != _GROWTH)
    for group in groups:
        names = dict.fromkeys(row.name for board in boards for row in board.rows if row.group == group)
        rows = [[name, *(_mean_and_worst(board.by_name().get(name)) for board in boards)] for name in names]
        parts.append(f"### {group}\n\n" + _table(("row", *(board.board for board in boards)), rows))
    return "\n\n".join(parts)


def _mean_and_worst(row: Optional[Row]) -> str:
    if row is None:
        return "–"
    mean = _number(row.instructions)
    return mean if mean == f"{row.worst:,}" else f"{mean} / {row.worst:,}"


# ---- the picture --------------------------------------------------------------------------------------------------------

_LABEL_WIDTH = 170
_BAR_WIDTH = 230
_PANEL_WIDTH = _BAR_WIDTH + 60
_BAR_HEIGHT = 11
_ROW_HEIGHT = 34
_TOP = 58
_OWN_COLOUR, _PEER_COLOUR, _TEXT_COLOUR = "#2a6f97", "#c9c9c9", "#222"


def _picture(boards: Sequence[Figures], arches: Mapping[str, str], peers: Peers) -> str:
    """Bars: each row of the Thread-Metric method beside the best peer's, a panel for each board."""
    names = list(peers)
    height = _TOP + _ROW_HEIGHT * len(names) + 12
    width = _LABEL_WIDTH + _PANEL_WIDTH * len(boards)
    longest = max((value for kernels in peers.values() for arch in arches.values()
                   for best in [_best(kernels, arch)] if best is not None for value in [best[1]]), default=1.0)
    longest = max([longest, *(row.instructions for board in boards for name, row in board.by_name().items() if name in peers)])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
           f'font-family="sans-serif" font-size="12" fill="{_TEXT_COLOUR}">',
           f'<rect width="{width}" height="{height}" fill="#fff"/>',
           f'<rect x="{_LABEL_WIDTH}" y="10" width="12" height="{_BAR_HEIGHT}" fill="{_OWN_COLOUR}"/>',
           f'<text x="{_LABEL_WIDTH + 18}" y="20">Pegplan</text>',
           f'<rect x="{_LABEL_WIDTH + 90}" y="10" width="12" height="{_BAR_HEIGHT}" fill="{_PEER_COLOUR}"/>',
           f'<text x="{_LABEL_WIDTH + 108}" y="20">best peer; instructions per operation, less is better</text>']
    for index, name in enumerate(names):
        out.append(f'<text x="{_LABEL_WIDTH - 10}" y="{_TOP + index * _ROW_HEIGHT + 16}" text-anchor="end">{escape(name)}</text>')
    for panel, board in enumerate(boards):
        left = _LABEL_WIDTH + panel * _PANEL_WIDTH
        out.append(f'<text x="{left}" y="{_TOP - 12}" font-weight="bold">{escape(board.board)}</text>')
        for index, name in enumerate(names):
            top = _TOP + index * _ROW_HEIGHT
            own = board.by_name().get(name)
            best = _best(peers[name], arches[board.board])
            bars = [(own.instructions if own else None, _OWN_COLOUR, ""),
                    (best[1] if best else None, _PEER_COLOUR, f" {best[0]}" if best else "")]
            for line, (value, colour, who) in enumerate(bars):
                if value is None:
                    continue
                long = max(1.0, value / longest * (_BAR_WIDTH - 60))
                y = top + line * (_BAR_HEIGHT + 2)
                out.append(f'<rect x="{left}" y="{y}" width="{long:.1f}" height="{_BAR_HEIGHT}" fill="{colour}"/>')
                out.append(f'<text x="{left + long + 4:.1f}" y="{y + _BAR_HEIGHT - 1}" font-size="10">{_number(value)}'
                           f'{escape(who)}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"
