"""The Kconfig tree through Kconfiglib: parsing it, and asking it about symbols in the user's words."""
from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import kconfiglib
from kconfiglib import AND, BOOL, HEX, INT, OR, STRING, Choice, Symbol

from ..errors import ConfigError, did_you_mean
from ..model import OptionKind
from ..sources import InputFile, Location, Places

KINDS = {BOOL: OptionKind.BOOL, INT: OptionKind.INT, HEX: OptionKind.HEX, STRING: OptionKind.STRING}
BOARD_KCONFIG = "Kconfig.board"

_DEFINED = re.compile(r"\(defined at ([^,()]+?):(\d+)")
_REFERENCED = re.compile(r"undefined symbol (\w+):\s+- Referenced at (.+?):(\d+):")
_SELECTED = re.compile(
    r"(\w+) \(defined at [^)]*\) has direct dependencies (.*?) with value n, but is currently being y-selected by the "
    r"following symbols:\s+- (\w+) \(defined at ([^,()]+?):(\d+)", re.DOTALL
)
_LOOP = re.compile(r"(\w+) \(defined at")
_NO_TEXT = re.compile(r"\s*Malformed utf-8 in '(.+)'\n")
_AT_END = re.compile(r" at end of '(.+)'")
_PREFIX = re.compile(r"(?:(?P<file>[^:\n]+):(?P<line>\d+): )?(?:warning: |error: )?(?P<text>.*)", re.DOTALL)
# A default that a range moves is a computed value like others, and nobody asked for the one that it had.
_HARMLESS = re.compile(r"default value \S+ on .* clamped to")

Expression = object


def environment(places: Places, board: str) -> dict[str, str]:
    """The environment variables under which Kconfiglib, here or in its front ends, parses the tree."""
    return {
        "srctree": str(places.tree),
        "CONFIG_": "CONFIG_",
        "BOARD": board,
        "PEGPLAN_BOARD_KCONFIG": glob.escape(str(places.generated / BOARD_KCONFIG)),
        "PEGPLAN_APP_KCONFIG": glob.escape(str(places.app_kconfig)),
        "KCONFIG_CONFIG": str(places.build_dir / ".config"),
    }


class Menu:
    """The parsed Kconfig tree."""

    def __init__(self, places: Places, board: str):
        self.places = places
        if glob.escape(str(places.tree)) != str(places.tree):
            raise ConfigError(None, f"{places.tree}: Kconfig takes * ? [ in the tree's path as wildcards",
                              remedy="move or rename the folder")
        with _variables({**environment(places, board), "KCONFIG_WARN_UNDEF": "y", "KCONFIG_WARN_UNDEF_ASSIGN": "n"}):
            try:
                self.kconfig = kconfiglib.Kconfig("Kconfig", warn_to_stderr=False)
            except kconfiglib.KconfigError as error:
                raise self._complaint(str(error)) from None
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(None, f"cannot read the Kconfig files: {error}") from None
            except (AttributeError, TypeError, ValueError, KeyError, IndexError, AssertionError, RecursionError) as error:
                # Kconfiglib takes some statements for granted, a `config` in front of a type for instance.
                raise ConfigError(self._place_of_reader(error), "Kconfiglib cannot make sense of this line or the ones before",
                                  facts=[("it says", str(error) or type(error).__name__)],
                                  remedy="mend the Kconfig file") from None
        self.files = {name: self._input(name) for name in self.kconfig.kconfig_filenames}
        self.raise_warnings()

    # ---- files and symbols -------------------------------------------------------------------------------------

    def path(self, filename: str) -> Path:
        """The path of a file that Kconfiglib names."""
        return Path(os.path.realpath(self.places.tree / filename))

    def _input(self, filename: str) -> InputFile:
        return self.places.read(self.path(filename), "the Kconfig file")[0]

    def _location(self, filename: str, line: int) -> Location:
        return Location(self._input(filename), line)

    @property
    def board_kconfig(self) -> Path:
        """The file of the board's facts, which the generator itself wrote."""
        return self.places.generated / BOARD_KCONFIG

    @property
    def symbols(self) -> list[Symbol]:
        """The symbols in order of definition."""
        return self.kconfig.unique_defined_syms

    def find(self, name: str) -> Symbol | None:
        symbol = self.kconfig.syms.get(name)
        return symbol if symbol is not None and symbol.nodes else None

    def declared(self, item: Symbol | Choice) -> Location:
        """Where the symbol is first defined."""
        node = item.nodes[0]
        file = self.files.get(node.filename) or self._input(node.filename)
        return Location(file, node.linenr)

    def unknown(self, name: str) -> tuple[str, str]:
        """Problem and remedy for a name that no symbol has."""
        if name in self.kconfig.named_choices:
            members = ", ".join(symbol.name for symbol in self.kconfig.named_choices[name].syms)
            return f"{name} is a choice, not an option", f"set one of its members to y: {members}"
        names = [symbol.name for symbol in self.symbols]
        remedy = did_you_mean(name, names) or "see `menuconfig` for the options that exist"
        return f"there is no option {name}", remedy

    # ---- complaints --------------------------------------------------------------------------------------------

    def raise_warnings(self) -> None:
        """Kconfiglib warns where this project has errors: raises the first warning."""
        for text in self.kconfig.warnings:
            if not _HARMLESS.search(text):
                raise self._complaint(text)

    def _place_of_reader(self, error: Exception) -> Location | None:
        """Where Kconfiglib was in the files when it failed."""
        trace = error.__traceback__
        while trace is not None:
            reader = trace.tb_frame.f_locals.get("self")
            if isinstance(reader, kconfiglib.Kconfig) and getattr(reader, "filename", None):
                return self._location(reader.filename, reader.linenr)
            trace = trace.tb_next
        return None

    def _complaint(self, text: str) -> ConfigError:
        """An error from Kconfiglib's text, with the place that the text mentions."""
        if match := _REFERENCED.search(text):
            name, filename, line = match.groups()
            problem, remedy = self.unknown(name)
            return ConfigError(self._location(filename, int(line)), problem, remedy=remedy)
        if match := _SELECTED.search(text):
            name, needs, selector, filename, line = match.groups()
            return ConfigError(
                self._location(filename, int(line)), f"{selector} selects {name}, whose dependency is not met",
                facts=[("needs", needs)],
                remedy=f"turn {selector} off, or let it depend on what {name} depends on",
            )
        if broken := _NO_TEXT.match(text):
            self._input(broken.group(1))  # says it as of any other file, with the line
        match = _PREFIX.fullmatch(text.strip())
        assert match is not None
        problem = " ".join(match["text"].split())
        where = _DEFINED.search(problem)
        if match["file"] and self.path(match["file"]).is_file():
            place = self._location(match["file"], int(match["line"]))
        elif (unfinished := _AT_END.search(problem)) and self.path(unfinished.group(1)).is_file():
            file, text = self.places.read(self.path(unfinished.group(1)), "the Kconfig file")
            place = Location(file, max(text.count("\n"), 1))
        elif where:
            place = self._location(where.group(1), int(where.group(2)))
        else:
            place = None
        if problem.startswith("Dependency loop"):
            circle = " -> ".join(_LOOP.findall(problem))
            return ConfigError(place, f"options depend on each other in a circle: {circle}",
                               remedy="remove one of the dependencies")
        return ConfigError(place, _without_noise(problem), remedy="mend the Kconfig file")

    # ---- values and expressions --------------------------------------------------------------------------------

    def prompt(self, item: Symbol | Choice) -> str:
        """The prompt's text; "" when there is none."""
        return next((node.prompt[0] for node in item.nodes if node.prompt), "")

    def show(self, expression: Expression) -> str:
        """An expression as Kconfig writes it; a choice stands by its prompt."""
        return kconfiglib.expr_str(expression, lambda item: self._term(item))

    def _term(self, item: Symbol | Choice) -> str:
        if isinstance(item, Choice):
            return f"choice {item.name or repr(self.prompt(item))}"
        return kconfiglib.standard_sc_expr_str(item)

    def prompt_condition(self, symbol: Symbol) -> Expression:
        """The condition under which the symbol can be set."""
        condition = self.kconfig.n
        for node in symbol.nodes:
            if node.prompt:
                condition = node.prompt[1] if condition is self.kconfig.n else (OR, condition, node.prompt[1])
        return condition

    def unmet(self, expression: Expression) -> list[Expression]:
        """The operands of the conjunction `expression` that are false; a choice is replaced by its own condition."""
        failing = []
        for operand in kconfiglib.split_expr(expression, AND):
            if kconfiglib.expr_value(operand):
                continue
            if isinstance(operand, Choice) and kconfiglib.expr_value(operand.direct_dep) == 0:
                failing += self.unmet(operand.direct_dep)
            else:
                failing.append(operand)
        return failing

    def range_of(self, symbol: Symbol) -> tuple[int, int, str] | None:
        """The range in effect, and how Kconfig writes it."""
        base = 16 if symbol.orig_type == HEX else 10
        for low, high, condition in symbol.ranges:
            if kconfiglib.expr_value(condition):
                shown = f"{self._bound(low)} to {self._bound(high)}"
                return int(low.str_value or "0", base), int(high.str_value or "0", base), shown
        return None

    def _bound(self, symbol: Symbol) -> str:
        return symbol.str_value if symbol.is_constant or not symbol.nodes else f"{symbol.name} ({symbol.str_value})"

    def terms(self, expression: Expression) -> Iterator[Symbol]:
        """The symbols of an expression, each once, in the order of its text."""
        seen = set()
        for symbol in _ordered_items(expression):
            if isinstance(symbol, Symbol) and symbol.nodes and symbol.name not in seen:
                seen.add(symbol.name)
                yield symbol

    def selectors(self, symbol: Symbol) -> list[Symbol]:
        """The symbols that select `symbol` at present."""
        found = []
        for operand in kconfiglib.split_expr(symbol.rev_dep, OR):
            if kconfiglib.expr_value(operand):
                selector = kconfiglib.split_expr(operand, AND)[0]
                if isinstance(selector, Symbol):
                    found.append(selector)
        return found


def _without_noise(problem: str) -> str:
    """Kconfiglib's sentence without what the message says elsewhere, or what does not concern this project."""
    problem = re.sub(r" \(defined at [^()]*\)", "", problem)
    return re.sub(r" Check that environment variables.*", "", problem)


def _ordered_items(expression: Expression) -> Iterator[Symbol | Choice]:
    if isinstance(expression, tuple):
        for operand in expression[1:]:
            yield from _ordered_items(operand)
    elif isinstance(expression, Choice):
        yield from _ordered_items(expression.direct_dep)
    elif isinstance(expression, Symbol):
        yield expression


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    """Sets environment variables, and puts back what was there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
