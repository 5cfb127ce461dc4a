"""How large an image is, and whose the bytes are: from its ELF file and the map that the linker wrote beside it."""

from __future__ import annotations

import bisect
import json
import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Iterator, Mapping, Optional, Sequence

from . import terminal
from .build import read_cache
from .errors import PegplanError
from .project import IMAGE_NAME

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

KINDS = ("text", "rodata", "data", "bss", "noinit")
"""Code, constants, variables with initial values, variables that are zeroed at boot, and memory that is not."""
RAM_KINDS = ("data", "bss", "noinit")
GROUPINGS = ("subsystem", "object", "symbol")

_LINKER = "(linker)"
_ALIGNMENT = "(alignment)"

# In a map: an input section with address, size and file. A long name has a line of its own.
_CONTRIBUTION = re.compile(r" (?P<section>\S+)\s+0x(?P<address>[0-9a-f]+)\s+0x(?P<size>[0-9a-f]+)(?: (?P<file>\S.*))?$")
_LONG_NAME = re.compile(r" \S+$")
_MAP_BEGIN = "Linker script and memory map"

_OBJECT = re.compile(r"(?:.*/)?CMakeFiles/(?P<target>[^/]+)\.dir/(?P<path>.+)\.(?:obj|o)$")
_MEMBER = re.compile(r"(?:.*/)?lib(?P<library>[^/]+)\.(?:a|so[.\d]*)(?:\((?P<member>.+)\))?$")
_SYMBOL = re.compile(r"(?P<address>[0-9a-f]+) (?:(?P<size>[0-9a-f]+) )?(?P<type>\S) (?P<name>[^\t]+)(?:\t(?P<place>.+):\d+)?$")


@dataclass(frozen=True)
class Piece:
    """Some bytes of an image, and whose they are."""

    kind: str
    size: int
    subsystem: str
    object: str
    symbol: str


Sizes = Mapping[str, int]
"""Bytes by kind."""


@dataclass
class Image:
    """An image, taken apart."""

    file: Path
    pieces: list[Piece]
    arena: Optional[int]
    """Bytes that the linker script leaves for stacks; None where there is no such script."""
    sections: dict[str, int] = field(default_factory=dict)

    def total(self) -> dict[str, int]:
        """Of all."""
        return _sum(self.pieces)

    def by(self, grouping: str) -> dict[str, dict[str, int]]:
        """Of each subsystem, object or symbol."""
        groups: dict[str, list[Piece]] = defaultdict(list)
        for piece in self.pieces:
            groups[getattr(piece, grouping)].append(piece)
        return {name: _sum(pieces) for name, pieces in groups.items()}


def _sum(pieces: Iterable[Piece]) -> dict[str, int]:
    sizes = dict.fromkeys(KINDS, 0)
    for piece in pieces:
        sizes[piece.kind] += piece.size
    return sizes


def map_of(image: Path) -> Path:
    """Where the linker wrote the map of an image."""
    return image.with_suffix(".map")


def find_image(path: Path) -> Path:
    """The image that the user means by a build folder or an ELF file."""
    if path.is_dir():
        image = path / IMAGE_NAME
        if not image.exists():
            raise PegplanError(f"there is no {IMAGE_NAME} in {path}; name a folder in which an image was built, or an ELF file")
        return image
    if not path.exists():
        raise PegplanError(f"{path} does not exist; name a folder in which an image was built, or an ELF file")
    return path


def read_image(image: Path) -> Image:
    """Takes an image apart."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    map_file = map_of(image)
    try:
        map_text = map_file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise PegplanError(f"{image} has no linker map {map_file.name} beside it ({error.strerror}), which says whose the bytes "
                           "are; build it anew") from error
    if map_file.stat().st_mtime_ns > image.stat().st_mtime_ns + _LATER_NS:
        raise PegplanError(f"{map_file} is of a later link than {image}; build it anew")
    try:
        with image.open("rb") as file:
            sections = list(_sections(ELFFile(file)))
    except ELFError as error:
        raise PegplanError(f"{image} is not an ELF file: {error}") from error
    symbols, arena = _read_symbols(image)
    pieces = list(_pieces(sections, sorted(_contributions(map_text)), symbols))
    return Image(image, pieces, arena, {section.name: section.size for section in sections})


_LATER_NS = 10 * 10**9
"""The linker writes both files in one go."""
_ALLOCATED, _EXECUTABLE, _THREAD_LOCAL = 0x2, 0x4, 0x400
_SEGMENT_WRITABLE = 2


@dataclass(frozen=True)
class _Section:
    name: str
    kind: str
    address: int
    size: int


def _sections(elf: ELFFile) -> Iterator[_Section]:
    """Those that take memory. What may be done with one says its segment: the linker marks constants that hold addresses
    as writable."""
    segments = [segment for segment in elf.iter_segments() if segment["p_type"] == "PT_LOAD"]
    for section in elf.iter_sections():
        address, size, flags = section["sh_addr"], section["sh_size"], section["sh_flags"]
        if not flags & _ALLOCATED or not size or flags & _THREAD_LOCAL:
            continue
        writable = any(segment["p_flags"] & _SEGMENT_WRITABLE for segment in segments
                       if segment["p_vaddr"] <= address < segment["p_vaddr"] + segment["p_memsz"])
        if flags & _EXECUTABLE:
            kind = "text"
        elif not writable:
            kind = "rodata"
        elif section["sh_type"] != "SHT_NOBITS":
            kind = "data"
        else:
            kind = "noinit" if section.name.startswith(".noinit") else "bss"
        yield _Section(section.name, kind, address, size)


# ---- the map ----------------------------------------------------------------------------------------------------------


def _contributions(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Address, size, file and name of each input section that has a size."""
    _, found, text = text.partition(_MAP_BEGIN)
    if not found:
        raise PegplanError("the linker's map is in a form that this version does not know")
    pending = ""
    for line in text.splitlines():
        if _LONG_NAME.fullmatch(line):
            pending = line
            continue
        match = _CONTRIBUTION.fullmatch(pending + line if pending and line.startswith("  ") else line)
        pending = ""
        if match and match["section"] != "*fill*" and match["file"] and int(match["size"], 16):
            yield int(match["address"], 16), int(match["size"], 16), match["file"], match["section"]


def object_name(file: str) -> str:
    """A file of the map in the words of the tree: core/thread/start.cpp, libgcc(_clzsi2.o)."""
    if match := _OBJECT.fullmatch(file):
        return match["path"]
    if match := _MEMBER.fullmatch(file):
        return f"lib{match['library']}({match['member']})" if match["member"] else f"lib{match['library']}"
    return Path(file).name if "/" in file else file


def subsystem_of(file: str, place: Optional[str]) -> str:
    """Whose bytes are: by the source in which they are defined if that is of the kernel (code of a header is in many
    objects), else by their object."""
    if place:
        parts = _relative(place).split("/")
        if len(parts) > 2 and (parts[0] == "arch" or parts[0] == "core" and parts[1] != "include"):
            return "/".join(parts[:2])
    match = _OBJECT.fullmatch(file)
    if match is None:
        return object_name(file).split("(")[0] or _LINKER
    parts = match["path"].split("/")
    if match["target"] != "pegplan_kernel":
        return "application"
    return "/".join(parts[:2]) if parts[0] in ("core", "arch") and len(parts) > 2 else "kernel, several sources at once"


def _relative(place: str) -> str:
    return place.removeprefix("./")


# ---- symbols ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Symbol:
    address: int
    size: int
    name: str
    place: Optional[str]


def _read_symbols(image: Path) -> tuple[list[_Symbol], Optional[int]]:
    """Those that have a size, by address, and the size of the arena."""
    program = read_cache(image.parent).get("CMAKE_NM") or "nm"
    try:
        result = subprocess.run([program, "-C", "-S", "-l", "--defined-only", str(image)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, errors="replace", check=False)
    except OSError as error:
        raise PegplanError(f"cannot run {program}: {error.strerror}; scripts/pegplan setup installs it") from error
    if result.returncode != 0:
        raise PegplanError(f"{program} cannot read {image}: {result.stderr.strip()}")
    symbols: dict[int, _Symbol] = {}
    ends: dict[str, int] = {}
    for line in result.stdout.splitlines():
        match = _SYMBOL.fullmatch(line)
        if match is None:
            continue
        address = int(match["address"], 16)
        if match["name"] in ("__arena_start", "__arena_end"):
            ends[match["name"]] = address
        size = int(match["size"] or "0", 16)
        # Of several names of one place the first is as good as any, but one with a known source is better.
        known = symbols.get(address)
        if size and (known is None or known.size < size or (known.place is None and match["place"])):
            symbols[address] = _Symbol(address, size, match["name"], match["place"])
    arena = ends["__arena_end"] - ends["__arena_start"] if len(ends) == 2 else None
    return sorted(symbols.values(), key=lambda symbol: symbol.address), arena


def _pieces(sections: Sequence[_Section], contributions: Sequence[tuple[int, int, str, str]],
            symbols: Sequence[_Symbol]) -> Iterator[Piece]:
    """Every byte of every section once."""
    addresses = [symbol.address for symbol in symbols]
    starts = [contribution[0] for contribution in contributions]
    for section in sections:
        at, end = section.address, section.address + section.size
        for address, size, file, name in contributions[bisect.bisect_left(starts, at):bisect.bisect_left(starts, end)]:
            stop = min(address + size, end)
            if stop <= at:
                continue
            if address > at:
                yield Piece(section.kind, address - at, _ALIGNMENT, _ALIGNMENT, _ALIGNMENT)
                at = address
            known = symbols[bisect.bisect_left(addresses, at):bisect.bisect_left(addresses, stop)]
            yield from _divide(section.kind, at, stop, file, name, known)
            at = stop
        if at < end:
            own = _LINKER if at == section.address else _ALIGNMENT
            yield Piece(section.kind, end - at, own, own, f"{own} {section.name}" if own == _LINKER else own)


def _divide(kind: str, at: int, stop: int, file: str, name: str, symbols: Sequence[_Symbol]) -> Iterator[Piece]:
    """What an object contributes, symbol by symbol."""
    owner = object_name(file)
    rest = f"{name} of {owner}"
    place = next((symbol.place for symbol in symbols if symbol.place), None)
    for symbol in symbols:
        if symbol.address > at:
            yield Piece(kind, symbol.address - at, subsystem_of(file, place), owner, rest)
        at = max(at, symbol.address)
        size = min(symbol.address + symbol.size, stop) - at
        if size > 0:
            yield Piece(kind, size, subsystem_of(file, symbol.place), owner, symbol.name)
            at += size
    if stop > at:
        yield Piece(kind, stop - at, subsystem_of(file, place), owner, rest)


# ---- what is shown ----------------------------------------------------------------------------------------------------


def show(image: Image, groupings: Sequence[str], other: Optional[Image], top: Optional[int]) -> None:
    """Prints the tables; with `other`, what has changed since."""
    for grouping in groupings:
        rows = list(_rows(image, grouping, other))
        shown = rows[:top] if top else rows
        header = (grouping, *KINDS, "sum") if other is None else (grouping, *KINDS, "sum", "was", "change")
        if len(shown) < len(rows):
            shown.append((f"… {len(rows) - len(shown)} more", *[""] * (len(header) - 1)))
        total = _row("total", image.total(), other and other.total())
        terminal.table(f"{image.file.name} by {grouping}", header, [*shown, total])
        print()
    print(_summary(image))
    if other is not None:
        print(f"before, {terminal.shown_path(other.file)}: {_summary(other)}")


def _rows(image: Image, grouping: str, other: Optional[Image]) -> Iterator[tuple[str, ...]]:
    now = image.by(grouping)
    before = other.by(grouping) if other else None
    nothing = dict.fromkeys(KINDS, 0)
    if before is None:
        for name in sorted(now, key=lambda name: (-sum(now[name].values()), name)):
            yield _row(name, now[name], None)
        return
    changes = {name: sum(now.get(name, nothing).values()) - sum(before.get(name, nothing).values())
               for name in {*now, *before} if now.get(name, nothing) != before.get(name, nothing)}
    for name in sorted(changes, key=lambda name: (-abs(changes[name]), name)):
        yield _row(name, now.get(name, nothing), before.get(name, nothing))


_LONGEST_NAME = 80
"""In tables; names of templates' functions may have several lines."""


def _row(name: str, now: Sizes, before: Optional[Sizes]) -> tuple[str, ...]:
    total = sum(now.values())
    cells = [*(str(now[kind]) for kind in KINDS), str(total)]
    if before is not None:
        was = sum(before.values())
        cells += [str(was), f"{total - was:+}"]
    return (name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME - 1] + "…", *cells)


def _summary(image: Image) -> str:
    total = image.total()
    text = f"{sum(total.values())} bytes in all, {sum(total[kind] for kind in RAM_KINDS)} of them variables"
    return text + (f"; {image.arena} bytes are left for stacks" if image.arena is not None else "")


def as_json(image: Image, other: Optional[Image]) -> dict[str, object]:
    """All that is known, for programs."""
    def of(which: Image) -> dict[str, object]:
        return {"image": which.file.name, "total": which.total(), "arena": which.arena, "sections": which.sections,
                **{f"{grouping}s": dict(sorted(which.by(grouping).items())) for grouping in GROUPINGS}}

    return {**of(image), **({"before": of(other)} if other else {})}


def run_size(image_file: Path, groupings: Sequence[str], compare: Optional[Path], json_file: Optional[Path],
             top: Optional[int]) -> int:
    """The verb: reads, prints, writes."""
    other = read_image(find_image(compare)) if compare else None
    image = read_image(image_file)
    show(image, groupings, other, top)
    if json_file is not None:
        try:
            json_file.write_text(json.dumps(as_json(image, other), indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise PegplanError(f"cannot write {json_file}: {error.strerror}") from error
    return 0
