"""Boards that are another board with overrides: `extends: NAME` in a board file.

The trees are merged before anything looks at them, and each value keeps the place where it was written, so that messages and
provenance name the file that a value is really in:
  mappings     merge key by key; `key: null` removes a key
  lists        whose items all have a `name` merge by it; `- NAME: null` removes an item, new ones go to the end
  all else     is replaced by what the variant says
"""
from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from pathlib import Path

from ..errors import BoardError, did_you_mean
from ..sources import InputFile, Places
from .yaml_tree import Entry, Mapping, Node, Scalar, Sequence, load_yaml

BOARD_FILE = "board.yaml"
EXTENDS = "extends"
_NAME = "name"


@dataclass(frozen=True)
class BoardTree:
    """A board file merged with those that it extends."""

    root: Mapping
    files: tuple[InputFile, ...]      # the board's own, its base's, the base's base's, …


def read_board_tree(places: Places, path: Path, folders: MappingOf[str, Path]) -> BoardTree:
    """The tree of a board file. `folders` are those of all boards by name, among which bases are looked up."""
    chain: list[tuple[str, Mapping]] = []
    files: list[InputFile] = []
    name = path.parent.name
    while True:
        file, root = _read(places, path)
        chain.append((name, root))
        files.append(file)
        extends = root.entries.get(EXTENDS)
        if extends is None:
            break
        base = extends.value
        if not isinstance(base, Scalar) or not isinstance(base.value, str):
            raise BoardError(base.location, f"{EXTENDS} is not a name", facts=[("expected", "the name of another board")],
                             remedy=f"write the name of a board, or remove `{EXTENDS}:`")
        names = [each for each, _ in chain]
        if base.text in names:
            circle = " -> ".join([*names[names.index(base.text):], base.text])
            raise BoardError(base.location, f"boards extend each other in a circle: {circle}",
                             remedy="remove one `extends:`, and describe that board completely")
        if base.text not in folders:
            raise BoardError(base.location, f"{EXTENDS}: there is no board `{base.text}`",
                             remedy=did_you_mean(base.text, folders) or "--board-root DIR adds a folder of boards")
        name, path = base.text, folders[base.text] / BOARD_FILE
    root = chain[-1][1]
    for base_name, (_, variant) in zip(reversed([each for each, _ in chain[1:]]), reversed(chain[:-1])):
        entries = {key: entry for key, entry in root.entries.items() if key != EXTENDS}
        root = _merge_mappings(Mapping(entries, root.location, root.removed), variant, base_name, "")
    return BoardTree(root, tuple(files))


def _read(places: Places, path: Path) -> tuple[InputFile, Mapping]:
    file, text = places.read(path, "the board file")
    root = load_yaml(file, text)
    if not isinstance(root, Mapping):
        raise BoardError(root.location, "a board file is a mapping: `description: …`, `arch: …` and so on",
                         remedy="begin with `description: …`; docs/boards.md lists the keys")
    return file, root


def _merge(base: Node, variant: Node, base_name: str, path: str) -> Node:
    if isinstance(base, Mapping) and isinstance(variant, Mapping):
        return _merge_mappings(base, variant, base_name, path)
    if isinstance(base, Sequence) and isinstance(variant, Sequence) and _is_named(base) and _is_named(variant):
        return _merge_lists(base, variant, base_name, path)
    return variant


def _merge_mappings(base: Mapping, variant: Mapping, base_name: str, path: str) -> Mapping:
    entries, removed = dict(base.entries), dict(base.removed)
    for key, entry in variant.entries.items():
        inner = f"{path}.{key}" if path else key
        if _is_null(entry.value):
            if key not in entries:
                raise BoardError(entry.key_location, f"{inner}: there is nothing to remove: {base_name} has no such key",
                                 remedy=did_you_mean(key, entries) or "write a value, or remove the line")
            del entries[key]
            removed[key] = entry.key_location
        elif key in entries:
            entries[key] = Entry(key, entry.key_location, _merge(entries[key].value, entry.value, base_name, inner))
        else:
            entries[key] = entry
            removed.pop(key, None)
    return Mapping(entries, variant.location, removed)


def _merge_lists(base: Sequence, variant: Sequence, base_name: str, path: str) -> Sequence:
    items = _by_name(base, path)
    for name, item in _by_name(variant, path).items():
        if _removal(item):
            if name not in items:
                raise BoardError(item.location, f"{path}: there is no `{name}` to remove: {base_name} has no item of that name",
                                 remedy=did_you_mean(name, items) or "remove the line")
            del items[name]
        elif name in items:
            before = items[name]
            assert isinstance(before, Mapping) and isinstance(item, Mapping)
            items[name] = _merge_mappings(before, item, base_name, f"{path}.{name}")
        else:
            items[name] = item
    return Sequence(tuple(items.values()), variant.location)


def _by_name(items: Sequence, path: str) -> dict[str, Node]:
    named: dict[str, Node] = {}
    for item in items.items:
        name = _removal(item) or _name_of(item)
        if name in named:
            raise BoardError(item.location, f"{path}: a second item is called `{name}`",
                             facts=[("first", named[name].location.seen_from(item.location))], remedy="rename or remove one of them")
        named[name] = item
    return named


def _is_named(items: Sequence) -> bool:
    return all(_removal(item) or _name_of(item) for item in items.items)


def _name_of(item: Node) -> str:
    """The item's `name`; "" if it has none."""
    name = item.get(_NAME) if isinstance(item, Mapping) else None
    return name.text if isinstance(name, Scalar) and isinstance(name.value, str) else ""


def _removal(item: Node) -> str:
    """The name that an item `NAME: null` takes out; "" for other items."""
    if isinstance(item, Mapping) and len(item.entries) == 1:
        (entry,) = item.entries.values()
        if entry.key != _NAME and _is_null(entry.value):
            return entry.key
    return ""


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None
