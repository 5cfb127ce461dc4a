"""Options by words: of their names, prompts and help texts."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import PegplanError, did_you_mean
from ..load.kconfig import KINDS
from ..request import Request
from .provenance import shown_value
from .state import open_state

# Where a word is found, the best first. Of each place a whole word is better than a part of one.
_PLACES = ("name", "prompt", "help")


@dataclass(frozen=True)
class Hit:
    """An option in which all words were found."""

    rank: int           # smaller is better
    name: str
    kind: str
    value: str
    prompt: str
    where: str          # in what the word was found
    declared: str


def search_options(request: Request, words: Sequence[str]) -> tuple[Hit, ...]:
    """The options in whose name, prompt or help all words are, those with whole words first; an error when there is none."""
    state = open_state(request)
    hits = []
    for symbol in state.menu.symbols:
        texts = (symbol.name, state.menu.prompt(symbol), "\n".join(node.help for node in symbol.nodes if node.help))
        ranks = [_rank(word.removeprefix("CONFIG_"), texts) for word in words]
        if None in ranks:
            continue
        worst = max(rank for rank in ranks if rank is not None)
        where = _PLACES[worst % len(_PLACES)]
        hits.append(Hit(sum(rank for rank in ranks if rank is not None), symbol.name, KINDS[symbol.orig_type].value,
                        shown_value(symbol, symbol.str_value), texts[1], where, state.menu.declared(symbol).shown))
    if not hits:
        raise PegplanError(None, f"no option has {' and '.join(f'`{word}`' for word in words)} in its name, prompt or help",
                           remedy=did_you_mean(words[0], _vocabulary(symbol.name for symbol in state.menu.symbols)))
    return tuple(sorted(hits, key=lambda hit: hit.rank))     # of equal ones the order of the menu


def _rank(word: str, texts: Sequence[str]) -> int | None:
    """0 to 2 for a whole word of name, prompt and help, 3 to 5 for a part; None when it is nowhere."""
    part = re.escape(word)
    # The underscores of names divide words too.
    whole = re.compile(rf"(?<![A-Za-z0-9]){part}(?![A-Za-z0-9])", re.IGNORECASE)
    for index, text in enumerate(texts):
        if whole.search(text):
            return index
    for index, text in enumerate(texts):
        if word.lower() in text.lower():
            return len(texts) + index
    return None


def _vocabulary(names: Iterable[str]) -> list[str]:
    return sorted({part.lower() for name in names for part in name.split("_") if len(part) > 2})
