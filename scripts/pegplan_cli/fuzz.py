"""`pegplan fuzz`: targets are the folders of tests/fuzz. One with a main.cpp is an application that libFuzzer drives on the
host (arch/host/fuzzer.hpp); one with a fuzz.py is a program of its own. fuzz_engines.py runs them.

A target's kept inputs lie in its folder `corpus`, in the tree. Inputs that a run finds new go to a work folder under
build/fuzz; --minimise takes over what they add. An input that brings an error to light is kept in the work folder's
`findings`.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from . import terminal
from .errors import PegplanError
from .fuzz_engines import DEFAULT_SECONDS, Options, Target, engine_of, files_of
from .project import ROOT

__all__ = ["DEFAULT_SECONDS", "EXIT_FOUND", "Options", "Target", "all_targets", "find_target", "fuzz", "list_targets",
           "minimise", "reproduce"]

TARGETS = ROOT / "tests" / "fuzz"
EXIT_FOUND = 1

_HASH_NAME = re.compile(r"[0-9a-f]{40}")
"""Kept inputs that --minimise may replace; others, of past findings, have names."""


def all_targets() -> dict[str, Target]:
    """The targets there are."""
    folders = sorted({path.parent for name in ("main.cpp", "fuzz.py") for path in TARGETS.glob(f"*/{name}")})
    return {folder.name: Target(folder.name, folder) for folder in folders}


def find_target(name: str) -> Target:
    """The target of that name."""
    targets = all_targets()
    if name not in targets:
        raise PegplanError(f"there is no fuzz target {name}; there are: {', '.join(targets)}")
    return targets[name]


def list_targets() -> int:
    """Prints them."""
    terminal.table("Targets", ("target", "kept inputs", "description"),
                   [(target.name, str(len(files_of(target.corpus))), target.description) for target in all_targets().values()])
    return 0


def fuzz(target: Target, options: Options) -> int:
    """Looks for errors; the exit code tells whether some were found."""
    engine = engine_of(target, options)
    engine.prepare()
    figures = engine.search()
    for finding in figures.findings:
        engine.explain(finding)
    for text in figures.trouble:
        terminal.say(text)
    rate = figures.executions / figures.seconds if figures.seconds else 0.0
    terminal.table(
        f"{target.name}: {figures.seconds:.0f} s", ("target", "executions", "per second", "coverage", "inputs", "findings"),
        [(target.name, str(figures.executions), f"{rate:.0f}", figures.coverage,
          f"{len(files_of(engine.corpus))} kept, {len(files_of(engine.new))} new", str(len(figures.findings)))])
    return EXIT_FOUND if figures.findings or figures.trouble else 0


def reproduce(target: Target, options: Options, path: Path) -> int:
    """Runs a single input, after it has been shown; or all of a folder."""
    files = files_of(path) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise PegplanError(f"there is no file {path}" if not path.is_dir() else f"there are no inputs in {path}")
    engine = engine_of(target, options)
    engine.prepare()
    if not path.is_dir():
        sys.stdout.write(engine.shown(path))
    code, text = engine.run(files)
    if code != 0 or not path.is_dir():
        sys.stdout.write(text)
    what = f"{len(files)} inputs of {terminal.shown_path(path)}" if path.is_dir() else terminal.shown_path(path)
    terminal.say(f"{what}: " + ("nothing is wrong" if code == 0 else f"an error, exit code {code}"))
    return EXIT_FOUND if code != 0 else 0


def minimise(target: Target, options: Options) -> int:
    """Makes a small set of the kept and the new inputs that reaches as much, and keeps that."""
    engine = engine_of(target, options)
    engine.prepare()
    before = len(files_of(engine.corpus))
    chosen = engine.work / "minimised"
    shutil.rmtree(chosen, ignore_errors=True)
    chosen.mkdir(parents=True)
    engine.choose(chosen)
    engine.corpus.mkdir(exist_ok=True)
    for file in files_of(engine.corpus):
        if _HASH_NAME.fullmatch(file.name):
            file.unlink()
    for file in files_of(chosen):
        shutil.copyfile(file, engine.corpus / file.name)
    size = sum(file.stat().st_size for file in files_of(engine.corpus))
    terminal.say(f"{terminal.shown_path(engine.corpus)}: {before} inputs before, {len(files_of(engine.corpus))} now, {size} bytes")
    return 0
