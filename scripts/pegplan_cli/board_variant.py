"""`pegplan board new --from`: a board file that extends another one, with all that could differ in comments."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Sequence

from .project import ROOT

# What YAML reads as a text without quotes; and what it would read as something else.
_PLAIN = re.compile(r"(-(?=\w))?[\w./+][\w ./=,()+-]*")
_NO_TEXT = re.compile(r"true|false|null|-?(0|[1-9]\d*|0[xX][\da-fA-F]+)")


def variant(name: str, base: str, roots: Sequence[Path]) -> str:
    """The text of a board that is another one so far, with all that could differ in comments."""
    import generator
    from generator.load.board import board_file, board_folders
    from generator.load.extends import read_board_tree
    from generator.load.yaml_tree import Mapping
    from generator.request import make_places

    existing = [root for root in roots if root.is_dir()]
    board = generator.find_board(base, existing)      # checks it
    places = make_places(ROOT / "build" / "none", existing)
    folders = board_folders(places)
    tree = read_board_tree(places, board_file(folders, base), folders).root
    lines = [
        f"# {name}: a variant of {base}. What is not said here is as there: take the # away from what differs, and from",
        "# the keys above it, and change it. Lists of things with a `name` merge by that name, and `- NAME: null` takes one of them",
        "# out; `KEY: null` takes a key out; any other list replaces that of the base.",
        f"extends: {base}",
        f"description: {scalar(f'{board.description} ({name})')}",
    ]
    for key in ("cpus", "memory", "numa", "devices", "roles", "run"):
        entry = tree.entries.get(key)
        if entry is not None:
            lines += ["", *(f"# {line}" for line in _yaml(Mapping({key: entry}, entry.key_location)))]
    return "\n".join(lines) + "\n"


def _yaml(node: Any) -> list[str]:
    """The lines of a tree; values as they were written."""
    from generator.load.yaml_tree import Mapping, Scalar

    if isinstance(node, Scalar):
        return [scalar(node.text) if isinstance(node.value, str) else node.text]
    lines: list[str] = []
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            lines += _below(f"{key}:", entry.value)
        return lines
    for item in node.items:
        inner = _yaml(item) if not isinstance(item, Scalar) else [_yaml(item)[0]]
        if not isinstance(item, (Scalar, Mapping)):
            inner = [f"[{', '.join(_yaml(one)[0] for one in item.items)}]"]
        lines += [f"- {inner[0]}", *(f"  {line}" for line in inner[1:])]
    return lines


def _below(head: str, node: Any) -> list[str]:
    from generator.load.yaml_tree import Mapping, Scalar

    if isinstance(node, Scalar):
        return [f"{head} {_yaml(node)[0]}"]
    if not (node.entries if isinstance(node, Mapping) else node.items):
        return [f"{head} {'{}' if isinstance(node, Mapping) else '[]'}"]
    return [head, *(f"  {line}" for line in _yaml(node))]


def scalar(text: str) -> str:
    """A text as YAML: in quotes where it would be something else without."""
    plain = _PLAIN.fullmatch(text) and not _NO_TEXT.fullmatch(text) and text == text.strip()
    return text if plain else json.dumps(text, ensure_ascii=False)
