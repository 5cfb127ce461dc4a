"""YAML as a tree in which every key and value knows its line.

Board files need mappings, lists and plain or quoted scalars. Anchors, tags and several documents are refused, since
a description of hardware is better read as it stands; so are duplicate keys, which YAML libraries let pass with the
last one winning.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Union

import yaml

from ..errors import BoardError, PegplanError, printable
from ..sources import InputFile, Location

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 32
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*|0[xX][0-9a-fA-F]+)")
_MAX_DIGITS = 64
_MAX_SHOWN = 60
_GLUED = re.compile(r"\s*(?:- )?([\w-]+):(\S+)")


@dataclass(frozen=True)
class Scalar:
    """A value. `value` is what the text means: bool, int, str or None; `text` is how it was written."""

    value: bool | int | str | None
    text: str
    location: Location


@dataclass(frozen=True)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    location: Location


@dataclass(frozen=True)
class Entry:
    """A key with its value."""

    key: str
    key_location: Location
    value: "Node"


@dataclass(frozen=True)
class Mapping:
    """Keys and values in the file's order."""

    entries: dict[str, Entry]
    location: Location
    removed: dict[str, Location] = field(default_factory=dict)     # keys that a variant took out, and where it did

    def get(self, key: str) -> "Node | None":
        entry = self.entries.get(key)
        return entry.value if entry else None


Node = Union[Scalar, Sequence, Mapping]




def plain(node: Node) -> object:
    """The node as dict, list and values, for the schema validator. Numbers stay numbers."""
    if isinstance(node, Mapping):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


def load_yaml(file: InputFile, text: str) -> Node:
    """The tree of `text`, which was read from `file`."""
    return _Composer(file, text).document()


def _meaning(event: yaml.ScalarEvent) -> bool | int | str | None:
    """What a scalar means: quoted ones are text; of the plain ones only true, false, null and integers are not."""
    text = event.value
    if not event.implicit[0]:
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if len(text) <= _MAX_DIGITS and _INTEGER.fullmatch(text):
        return int(text, 0)
    return text


class _Composer:
    """Builds the tree from the parser's events."""

    def __init__(self, file: InputFile, text: str):
        self.file = file
        self.text = text
        self.last_line = max(len(text.split("\n")) - text.endswith("\n"), 1)
        self.events: Iterator[yaml.Event] = iter(())

    def document(self) -> Node:
        try:
            self.events = yaml.parse(self.text, Loader=_LOADER)
            next(self.events)                                    # start of the stream
            event = next(self.events)
            if isinstance(event, yaml.StreamEndEvent):
                raise BoardError(Location(self.file, 1), "the file is empty", remedy="describe the board in it")
            root = self.node(next(self.events), 0)
            next(self.events)                                    # end of the document
            event = next(self.events)
            if not isinstance(event, yaml.StreamEndEvent):
                raise BoardError(self.at(event), "a second YAML document begins here", remedy="remove the `---`")
            return root
        except yaml.reader.ReaderError as error:
            line = self.text.count("\n", 0, error.position) + 1
            character = ord(error.character) if isinstance(error.character, str) else error.character
            raise BoardError(
                Location(self.file, line), f"the character U+{character:04X} is not allowed in YAML",
                remedy="remove it",
            ) from None
        except yaml.MarkedYAMLError as error:
            raise self.syntax_error(error) from None

    def at(self, event: yaml.Event) -> Location:
        # The end of a file without a line break counts as a line of its own for the parser.
        return Location(self.file, min(event.start_mark.line + 1, self.last_line))

    def syntax_error(self, error: yaml.MarkedYAMLError) -> PegplanError:
        """The parser's complaint in one sentence; tabs, the usual cause, are found and named."""
        lines = self.text.split("\n")
        for number, line in enumerate(lines, 1):
            if "\t" in line[: len(line) - len(line.lstrip())]:
                return BoardError(
                    Location(self.file, number), "a tab in the indentation, which YAML does not allow",
                    remedy="indent with spaces",
                )
        begun = lines[error.context_mark.line] if error.context_mark and error.context_mark.line < len(lines) else ""
        if (glued := _GLUED.match(begun)) and "simple key" in (error.context or ""):
            return BoardError(
                Location(self.file, error.context_mark.line + 1), f"`{glued[0].strip()}` has no blank behind its `:`",
                remedy=f"write `{glued[1]}: {glued[2]}`",
            )
        mark = error.problem_mark or error.context_mark
        if "end of stream" in (error.problem or "") and error.context_mark:
            mark = error.context_mark           # what was never closed, rather than the end of the file
        number = min(mark.line + 1, self.last_line) if mark else 1
        facts = []
        if error.context and error.context_mark and error.context_mark.line + 1 != number:
            facts.append(("context", f"{error.context}, which began in line {error.context_mark.line + 1}"))
        facts.append(("line", (lines[number - 1].strip() or "(empty)")[:100]))
        return BoardError(
            Location(self.file, number), f"not valid YAML: {error.problem or error.context}", facts=facts,
            remedy="check this line and the one before it: indentation, a missing `:`, an open quote or bracket",
        )

    def node(self, event: yaml.Event, depth: int) -> Node:
        location = self.at(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            raise BoardError(
                location, f"`{sign}{event.anchor}`: anchors and aliases are not used in board files",
                remedy="write the value out, or quote a text that begins with this sign",
            )
        if getattr(event, "tag", None):
            raise BoardError(location, f"`{event.tag}`: tags are not used in board files", remedy="remove the tag")
        if depth > _MAX_DEPTH:
            raise BoardError(location, f"nested deeper than {_MAX_DEPTH} levels", remedy="close brackets that were left open")
        if isinstance(event, yaml.ScalarEvent):
            if printable(event.value) != event.value:
                shown = event.value if len(event.value) <= _MAX_SHOWN else event.value[:_MAX_SHOWN] + "…"
                raise BoardError(location, f"`{shown}` is not one line of text that can be shown",
                                 remedy="remove line breaks and control characters; close the quote, if one was left open")
            return Scalar(_meaning(event), event.value, location)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                items.append(self.node(event, depth + 1))
            return Sequence(tuple(items), location)
        return self.mapping(location, depth)

    def mapping(self, location: Location, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise BoardError(key.location, "a list or mapping cannot be a key",
                                 remedy="write a name before the `:`")
            if not key.text:
                raise BoardError(key.location, "a key is empty", remedy="write a name before the `:`")
            if key.text == "<<":
                raise BoardError(key.location, "`<<`: merge keys are not used in board files",
                                 remedy="write the keys out")
            if key.text in entries:
                raise BoardError(
                    key.location, f"the key `{key.text}` stands here a second time",
                    facts=[("first", f"line {entries[key.text].key_location.line}")], remedy="remove one of the two",
                )
            entries[key.text] = Entry(key.text, key.location, self.node(next(self.events), depth + 1))
        return Mapping(entries, location)
