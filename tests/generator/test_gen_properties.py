"""Properties: whatever the input, the generator understands it or says where it is wrong."""
from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from kconfiglib import BOOL, HEX, INT

import generator
from generator.boards import examine_board, find_board
from generator.check import check_board
from generator.emit import emit_all
from generator.emit.names import decimal
from generator.errors import PegplanError
from generator.load.board import load_board
from generator.load.configuration import Fragment, resolve
from generator.load.fragments import parse_fragment, quote, unquote
from generator.load.kconfig import Menu
from generator.load.merge import holds, parse_value
from generator.model import Model
from generator.pipeline import open_menu
from generator.quantities import (
    FREQUENCY_UNITS, MAX_UNSIGNED_64, SIZE_UNITS, QuantityError, format_frequency, format_size, parse_address,
    parse_frequency, parse_size, parse_u32,
)
from generator.request import make_places
from generator.sources import InputFile, Location, Places

ROOT = Path(__file__).resolve().parents[2]
BOARD_NAMES = ("qemu-aarch64-virt", "qemu-riscv64-virt", "qemu-x86_64-q35")

# ---- quantities -----------------------------------------------------------------------------------------------------


@given(st.integers(0, MAX_UNSIGNED_64))
@example(0)
@example(1 << 63)
def test_sizes_round_trip(value: int) -> None:
    assert parse_size(format_size(value)) == value
    assert parse_size(hex(value)) == parse_address(hex(value)) == value


@given(st.integers(0, 10**15))
def test_frequencies_round_trip(value: int) -> None:
    assert parse_frequency(format_frequency(value)) == value


@given(st.integers(0, 1 << 40), st.sampled_from(sorted(SIZE_UNITS)), st.sampled_from(["", " "]))
def test_sizes_with_units(number: int, unit: str, blank: str) -> None:
    value = number * SIZE_UNITS[unit]
    assume(value <= MAX_UNSIGNED_64)
    assert parse_size(f"{number}{blank}{unit}") == value
    assert parse_size(format_size(value)) == value


@given(st.integers(0, 10**9), st.sampled_from(sorted(FREQUENCY_UNITS)))
def test_frequencies_with_units(number: int, unit: str) -> None:
    assert parse_frequency(f"{number} {unit}") == number * FREQUENCY_UNITS[unit]


@given(st.one_of(st.text(max_size=12), st.from_regex(r"-?[0-9]{1,30} ?[A-Za-z]{0,4}", fullmatch=True)))
@example("١ MiB")
@example("1_000 B")
def test_quantities_are_understood_or_refused(text: str) -> None:
    for parse in (parse_size, parse_frequency, parse_address, parse_u32):
        try:
            assert 0 <= parse(text) <= MAX_UNSIGNED_64
            assert text.isascii()
        except QuantityError as error:
            assert str(error)


@given(st.integers(-(1 << 63), MAX_UNSIGNED_64))
def test_decimal_literals_are_the_number(value: int) -> None:
    assert int(decimal(value).replace("'", "")) == value


# ---- board files ----------------------------------------------------------------------------------------------------

_VALUES = ["", "0", "1", "-1", "~", "null", "true", "yes", "0x0", "0x80200000", "0xffffffffffffffff", "1" * 70, "4 KiB",
           "10 MHz", "uart0", "ns16550", "xapic", "ram", "[]", "{}", "[a, b]", "{a: b}", '"x"', "'", "|", "*a", "&a x",
           "!!int 1", "- 1", "? a", "%", "@", "\t", "0o7", "1e9", "{status_file}", "{x}"]


@st.composite
def board_texts(draw: st.DrawFn, texts: tuple[str, ...] = ()) -> str:
    """A board file with some of its lines or characters changed; one of `texts`, or complete ones."""
    lines = draw(st.sampled_from(texts or _BOARD_TEXTS)).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        number = draw(st.integers(0, len(lines) - 1))
        line = lines[number]
        kind = draw(st.sampled_from(["value", "value", "drop", "double", "swap", "indent", "character", "cut", "move"]))
        if kind == "value" and ":" in line:
            lines[number] = line.split(":")[0] + ": " + draw(st.sampled_from(_VALUES))
        elif kind == "drop" and len(lines) > 1:
            del lines[number]
        elif kind == "double":
            lines.insert(number, line)
        elif kind == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[number], lines[other] = lines[other], line
        elif kind == "indent":
            lines[number] = draw(st.sampled_from(["", " ", "  ", "    ", "\t"])) + line.lstrip()
        elif kind == "character":
            at = draw(st.integers(0, len(line)))
            lines[number] = line[:at] + draw(st.sampled_from("\t\r:-#[]{}&*!|>'\"%@`,?~ \0\x85\ufeffé0x")) + line[at:]
        elif kind == "cut":
            lines[number] = line[: draw(st.integers(0, len(line)))]
            if draw(st.booleans()):
                del lines[number + 1:]
        else:
            lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(number))
    return "\n".join(lines)


_BOARD_TEXTS = [*((ROOT / "boards" / name / "board.yaml").read_text() for name in BOARD_NAMES),
                (ROOT / "tests/generator/two-sockets.yaml").read_text()]


_VARIANT_TEXTS = tuple((ROOT / "boards" / name / "board.yaml").read_text()
                       for name in ("qemu-aarch64-virt-gicv2", "qemu-riscv64-virt-2s", "qemu-x86_64-q35-2s"))


def _check_text(text: str, folder: Path) -> None:
    """A text is a board or a PegplanError with a line of the file."""
    path = folder / "boards/mine/board.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    places = make_places(folder / "build", [folder / "boards"])
    try:
        board = load_board(places, "mine")
        check_board(board)
    except PegplanError as error:
        assert isinstance(error.where, Location), error
        assert error.where.file.path == path
        assert 1 <= error.where.line <= text.count("\n") + 1, error
        assert error.problem and error.remedy and len(str(error)) < 2000
    else:
        assert board.cpu_count >= 1 and board.ram and all(board.device(role.device) for role in board.roles)
        assert emit_board(board)


def emit_board(board) -> list:
    """What is emitted for the board, with the configuration of another."""
    return emit_all(Model(board, _CONFIGURATION, "default", (), "/", ()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("boards")


@given(text=board_texts(_VARIANT_TEXTS))
def test_changed_variants(folder: Path, text: str) -> None:
    """As above, but that a mistake may be in the base: that of a variant which takes something out of it."""
    path = folder / "boards/mine/board.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    examined = examine_board("mine", [folder / "boards"])
    for error in examined.mistakes:
        assert isinstance(error.where, Location) and error.problem and error.remedy and "\n" not in error.line
        assert error.where.file.path == path or error.where.file.path.is_relative_to(ROOT / "boards")
        assert 1 <= error.where.line <= error.where.file.path.read_text().count("\n") + 1
    if examined.mistakes:
        with pytest.raises(PegplanError) as raised:
            find_board("mine", [folder / "boards"])
        assert str(raised.value) == str(examined.mistakes[0])
    else:
        assert find_board("mine", [folder / "boards"]) == examined.board


@given(text=board_texts())
def test_changed_board_files(folder: Path, text: str) -> None:
    _check_text(text, folder)


@given(text=st.text(alphabet=string.printable + "é\0", max_size=60))
def test_any_text_as_board_file(folder: Path, text: str) -> None:
    _check_text(text, folder)


@given(data=st.binary(max_size=40))
def test_any_bytes_as_board_file(folder: Path, data: bytes) -> None:
    path = folder / "boards/mine/board.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    with pytest.raises(PegplanError) as raised:
        find_board("mine", [folder / "boards"])
    assert isinstance(raised.value.where, Location)


# ---- fragments ------------------------------------------------------------------------------------------------------


def _open(folder: Path) -> Menu:
    return open_menu(make_places(folder), find_board("qemu-riscv64-virt"))


def _file(name: str) -> InputFile:
    return InputFile(name, Path("/") / name, "")


import tempfile  # noqa: E402

_FOLDER = tempfile.TemporaryDirectory()
_MENU = _open(Path(_FOLDER.name))
_CONFIGURATION = resolve(_MENU, (), ())
_NAMES = [symbol.name for symbol in _MENU.symbols]
# As they are before any example changes a value.
_RANGES = {symbol.name: _MENU.range_of(symbol) for symbol in _MENU.symbols}


@st.composite
def assignments(draw: st.DrawFn, sensible: bool = False) -> str:
    """A line of a fragment: mostly a symbol with a value of its type."""
    known = sensible or draw(st.integers(0, 19))
    name = draw(st.sampled_from(_NAMES if known else ["NOPE", "", "X Y"]))
    symbol = _MENU.find(name)
    kind = symbol.orig_type if symbol else None
    if kind == BOOL:
        value = draw(st.sampled_from(["y", "n"] if sensible else ["y", "y", "n", "n", "m", ""]))
        return f"# CONFIG_{name} is not set" if value == "n" and draw(st.booleans()) else f"CONFIG_{name}={value}"
    if kind in (INT, HEX):
        limits = _RANGES[name]
        inside = st.integers(limits[0], limits[1]) if limits else st.integers(0, 9)
        outside = st.integers(-(1 << 70), 1 << 70)
        number = draw(inside if sensible or draw(st.booleans()) else outside)
        return f"CONFIG_{name}={number if kind == INT else hex(abs(number))}"
    return f"CONFIG_{name}={quote(draw(st.text(max_size=5)))}".replace("\n", "n").replace("\r", "r")


@given(st.lists(st.lists(assignments(), max_size=4), min_size=1, max_size=3))
def test_fragments_hold_or_are_refused(sources: list[list[str]]) -> None:
    fragments = []
    try:
        for number, lines in enumerate(sources):
            file = _file(f"{number}.config")
            fragments.append(Fragment(file, parse_fragment(file, "\n".join(lines))))
        configuration = resolve(_MENU, tuple(fragments), ())
    except PegplanError as error:
        assert isinstance(error.where, Location) and error.where.file.name[0].isdigit(), error
        assert error.remedy or error.facts
        return
    # What each symbol was last set to is what it is, unless a later member of its choice replaced it.
    for assignment in configuration.merge:
        assert holds(_MENU.find(assignment.name), assignment.value)
        if assignment.value is not None:
            option = configuration.option(assignment.name)
            expected = {"y": True, "n": False}.get(assignment.value, assignment.value)
            assert option.value == (int(expected, 0) if isinstance(option.value, int) and isinstance(expected, str)
                                    else expected)
    last = {raw.name: raw for fragment in fragments for raw in fragment.assignments}
    kept = {assignment.name for assignment in configuration.merge}
    for name, raw in last.items():
        assert name in kept or _MENU.find(name).choice


@given(st.text())
def test_any_text_as_fragment(text: str) -> None:
    try:
        parse_fragment(_file("0.config"), text)
    except PegplanError as error:
        assert isinstance(error.where, Location) and 1 <= error.where.line <= text.count("\n") + 1


@given(st.text(alphabet=st.characters(blacklist_characters="\n\r")))
def test_string_literals_round_trip(text: str) -> None:
    assert unquote(quote(text)) == text


# ---- the delta of a front end ---------------------------------------------------------------------------------------


@settings(max_examples=settings().max_examples // 5)
@given(st.lists(assignments(sensible=True), max_size=5), st.lists(assignments(sensible=True), max_size=5))
def test_the_delta_reproduces_what_was_saved(base: list[str], changes: list[str]) -> None:
    """Whatever a front end saves, the fragments and the delta together give it again, in fewest lines."""
    from generator.user_config import save_user_config

    folder = Path(_FOLDER.name) / "delta"
    folder.mkdir(exist_ok=True)
    (folder / "base.config").write_text("\n".join(dict.fromkeys(base)) + "\n")
    request = generator.make_request("qemu-riscv64-virt", folder / "build", configs=[str(folder / "base.config")])
    (folder / "build/user.config").unlink(missing_ok=True)
    try:
        generator.generate(request)
    except PegplanError:
        assume(False)

    # What a front end does: loads, changes as the menu allows, saves.
    variables = generator.prepare_front_end(request)
    menu = _open_like_a_front_end(request.places, variables)
    for line in changes:
        for raw in parse_fragment(_file("x"), line):
            symbol = menu.find(raw.name)
            value = parse_value(menu, symbol, raw)
            if menu.prompt(symbol) and symbol.visibility and not (symbol.choice and value == "n"):
                symbol.set_value(value)
    menu.kconfig.write_config(variables["KCONFIG_CONFIG"], save_old=False)
    wanted = {symbol.name: symbol.str_value for symbol in menu.symbols}

    user = save_user_config(request)
    try:
        result = generator.generate(request)
    except PegplanError as error:
        # Relations between options are outside the menu; everything else it cannot have saved.
        assert "does not hold" in str(error), error
        return
    text = (folder / "build/generated/.config").read_text()
    for name, value in wanted.items():
        option = result.model.configuration.option(name)
        if isinstance(option.value, bool):
            assert option.value == (value == "y"), (name, user.lines, text)
        else:
            assert option.unmet or str(option.value) == value, (name, user.lines, text)


def _open_like_a_front_end(places: Places, variables: dict[str, str]) -> Menu:
    menu = Menu(places, variables["BOARD"])
    menu.kconfig.load_config(variables["KCONFIG_CONFIG"])
    return menu
