"""The one kind of error that a user sees: where, what, the facts behind it, and what to do."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

# How the remedy for a misspelt word begins.
MISSPELT = "did you mean"


# What is in an input and would change the line or obey the terminal: control characters, other line ends, bytes that are no
# text. A line break ends a line of facts and of remedies, and nothing else.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")


def printable(text: str) -> str:
    """`text` with what cannot be shown in a line written as Python writes it."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


class Place(Protocol):
    """Whatever can say where an error is: a line of a file, an argument of the command line."""

    @property
    def shown(self) -> str: ...


class PegplanError(Exception):
    """A mistake in an input. `str(error)` is the complete message, without traceback.

    `where` is None when the mistake has no line (a folder that does not exist). `facts` are labelled lines between
    the problem and the remedy.
    """

    def __init__(self, where: Place | None, problem: str, *, facts: Sequence[tuple[str, str]] = (), remedy: str = ""):
        super().__init__(problem)
        self.where = where
        self.problem = problem
        self.facts = tuple(facts)
        self.remedy = remedy

    @property
    def line(self) -> str:
        """The message in one line, for lists of mistakes."""
        facts = "; ".join(f"{label}: {text}" for label, text in self.facts)
        text = self.problem + (f" ({facts})" if facts else "") + (f"; {self.remedy}" if self.remedy else "")
        return printable((f"{self.where.shown}: {text}" if self.where else text).replace("\n", ", "))

    def __str__(self) -> str:
        head = printable(f"{self.where.shown}: {self.problem}" if self.where else self.problem)
        rows = [*self.facts, *([("remedy", self.remedy)] if self.remedy else [])]
        width = max((len(label) for label, _ in rows), default=0) + 1
        lines = [head]
        for label, text in rows:
            first, *rest = map(printable, text.split("\n"))
            lines.append(f"  {label + ':':<{width}} {first}")
            lines += [" " * (width + 3) + line for line in rest]
        return "\n".join(lines)


class BoardError(PegplanError):
    """A mistake in a board file or in what it names."""


class ConfigError(PegplanError):
    """A mistake in a fragment, a setting or a Kconfig file."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """The known word nearest to `word`, or "" if none is near."""
    import difflib

    by_folded = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy for an unknown word: the nearest known one, or all of them if they are few."""
    names = list(known)
    near = suggestion(word, names)
    if near:
        return f"{MISSPELT} `{near}`?"
    if names and len(names) <= 24:
        return "known are: " + ", ".join(names)
    return ""
