"""Prints what the generator knows of options and configurations: the verbs why, search, diff, lint and options.

The facts are found by generator/explain; here they become text.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Iterator, Sequence

from . import terminal
from .build import Build, Request
from .errors import EXIT_FAILURE, PegplanError
from .kconfig import configured_request
from .project import ROOT

if TYPE_CHECKING:
    from generator.explain.difference import Difference
    from generator.explain.option import OptionReport
    from generator.request import Request as GeneratorRequest

PAGE = ROOT / "docs" / "options.md"
EXIT_FINDINGS = 1
"""Of `lint`, when it has found something."""
USES_SHOWN = 8
"""How many lines `why` shows that use an option, unless it is told to show all."""
_LABEL = 10


@contextmanager
def generator_errors() -> Iterator[None]:
    """Turns the generator's errors into those of the command line."""
    if str(ROOT) not in sys.path:
        sys.path.insert(1, str(ROOT))
    import generator

    try:
        yield
    except generator.PegplanError as error:
        raise PegplanError(str(error)) from error


def generator_request(request: Request, directory: Path) -> GeneratorRequest:
    """A request in the words of the generator."""
    import generator

    return generator.make_request(
        request.board, directory, board_roots=[request.board_root] if request.board_root else [], profile=request.profile,
        configs=[str(fragment) for fragment in request.fragments], settings=request.settings, app=request.app,
    )


# ---- why --------------------------------------------------------------------------------------------------------------


def why(names: Sequence[str], request: Request, directory: Path, verbose: bool) -> int:
    """Prints all that there is to know about options."""
    with generator_errors():
        import generator

        reports = [report for name in names for report in generator.explain_option(generator_request(request, directory), name)]
    for index, report in enumerate(reports):
        if index:
            print()
        for line in _report(report, verbose):
            print(line)
    return 0


def _report(report: OptionReport, verbose: bool) -> Iterator[str]:
    yield f"{report.name} = {report.value or 'no value'}    {report.prompt or '(computed, nobody can set it)'}"
    yield from _row("from", [str(report.source)])
    yield from _row("asked", [f"{one.text}  {one.cause}, {one.place}" + ("" if one.in_force else f": {one.remark}")
                              for one in report.asked])
    kind = report.kind.value + (f", one of {report.choice}: {', '.join(report.members)}" if report.choice else "")
    yield from _row("type", [kind + (f", {report.allowed}" if report.allowed else "")])
    for label, condition in (("needs", report.dependency), ("set if", report.prompt_condition)):
        if condition is not None:
            met = "met" if condition.holds else "not met"
            yield from _row(label, [f"{condition.text}: {met}", *(f"  {leaf}" for leaf in condition.leaves)])
    yield from _row("selected", [f"{one.keyword} by {one.name}, {one.place}: {'in force' if one.active else 'not in force'}"
                                 for one in report.selections])
    yield from _row("change", _changes(report))
    if report.header:
        yield from _row("in C++", [f"{report.constant} of <{report.header}>"])
    shown = report.uses if verbose else report.uses[:USES_SHOWN]
    more = len(report.uses) - len(shown)
    yield from _row("used by", [f"{use.shown}  {use.text}" for use in shown] + ([f"… {more} more; -v shows them"] if more else [])
                    or ["nothing"])
    yield from _row("defined", report.declared)
    if report.help:
        yield from _row("help", report.help.split("\n"))


def _changes(report: OptionReport) -> list[str]:
    """What the user can do."""
    lines = [str(change) for change in report.changes]
    if not lines and report.settable and report.visible and report.kind.value != "bool":
        lines = [f"--set {report.name}={'TEXT' if report.kind.value == 'string' else 'NUMBER'}"
                 + (f", {report.allowed}" if report.allowed else "")]
    return lines or ["nothing that can be set"]


def _row(label: str, lines: Iterable[str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        yield f"  {label if index == 0 else '':<{_LABEL}}{line}".rstrip()


# ---- search, lint, options --------------------------------------------------------------------------------------------


def search(words: Sequence[str], request: Request, directory: Path) -> int:
    """Prints the options in which the words are."""
    with generator_errors():
        import generator

        hits = generator.search_options(generator_request(request, directory), words)
    terminal.table("Options", ("option", "value", "prompt", "found in", "defined"),
                   [(hit.name, hit.value or "-", hit.prompt or "(computed)", hit.where, hit.declared) for hit in hits])
    return 0


def lint(fragments: Sequence[str], request: Request, directory: Path) -> int:
    """Prints what is odd; EXIT_FINDINGS when there is anything."""
    with generator_errors():
        import generator

        findings = generator.lint(generator_request(request, directory), fragments)
    for finding in findings:
        print(finding)
    terminal.say(f"{len(findings)} findings" if findings else "nothing found")
    return EXIT_FINDINGS if findings else 0


def options(request: Request, directory: Path, write: bool, check: bool) -> int:
    """Prints the reference of all options, writes it into docs, or tells whether docs have it as it is."""
    with generator_errors():
        import generator

        text = generator.options_page(generator_request(replace(request, app=ROOT / "examples" / "basic_threading"), directory))
    current = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    if write:
        if text != current:
            PAGE.write_text(text, encoding="utf-8")
        terminal.say(f"{terminal.shown_path(PAGE)} {'is up to date' if text == current else 'written'}")
    elif check:
        if text != current:
            terminal.say(f"{terminal.shown_path(PAGE)} is not what the Kconfig files say; scripts/pegplan options --write mends it")
            return EXIT_FAILURE
    else:
        print(text, end="")
    return 0


# ---- diff -------------------------------------------------------------------------------------------------------------


def diff(sides: Sequence[str], build: Build, with_size: bool) -> int:
    """Prints the options that differ between two configurations, and with `with_size` what the difference costs."""
    with generator_errors():
        import generator

        first, second = (_side(text, build) for text in sides)
        found = generator.compare_configurations(*(generator_request(one.request, one.directory) for one in (first, second)))
    if not found:
        terminal.say("no option differs")
    for difference in found:
        for line in _difference(difference, sides):
            print(line)
    if with_size:
        if found:
            print()
        _sizes(sides, first, second)
    return 0


def _sizes(names: Sequence[str], first: Build, second: Build) -> None:
    """Builds both and prints the bytes of each kind, then those of each subsystem that differ."""
    from .sizes import KINDS, read_image, show

    for one in (first, second):
        one.make()
    before, after = read_image(first.image), read_image(second.image)
    was, now = before.total(), after.total()
    rows = [(kind, str(was[kind]), str(now[kind]), f"{now[kind] - was[kind]:+}") for kind in KINDS]
    terminal.table("Bytes", ("bytes", *names, "difference"), rows)
    print()
    show(after, ["subsystem"], before, None)


def _side(text: str, build: Build) -> Build:
    """One of the two: a configured build folder, or a fragment or profile on top of what the command line says for both."""
    from generator.load.configuration import profiles
    from generator.sources import Places

    base = build.request
    folder = Path(text)
    if folder.is_dir():
        before = configured_request(folder.resolve())
        if before is None:
            raise PegplanError(f"{text} is a folder, and none in which Pegplan was configured; "
                               "name a build folder, a fragment or a profile")
        return Build(replace(before, fragments=before.fragments + base.fragments, settings=before.settings + base.settings),
                     folder.resolve(), build.verbose)
    known = profiles(Places(ROOT, ROOT))
    if folder.is_file():
        request = replace(base, fragments=(*base.fragments, folder.resolve()))
    elif text in known:
        request = replace(base, profile=text)
    else:
        raise PegplanError(f"{text} is no build folder, no fragment, and no profile; profiles are {', '.join(known)}")
    return Build(request, _scratch(build, folder), build.verbose)


def _scratch(build: Build, folder: Path) -> Path:
    """A build folder for a side that has none, apart from the user's own and his changes in the menu."""
    import hashlib

    identity = str(folder.resolve()) if folder.is_file() else folder.name
    name = f"{folder.stem}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"
    return build.directory / "diff" / name


def _difference(difference: Difference, sides: Sequence[str]) -> Iterator[str]:
    yield difference.name + ("  (follows from others)" if difference.follows else "")
    width = max(map(len, sides))
    for name, side in zip(sides, (difference.before, difference.after)):
        yield f"  {name:<{width}}  {side.value}  {side.source}"


