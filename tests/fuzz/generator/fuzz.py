"""Board files, fragments, options and applications that nobody wrote, given to the generator.

There is no engine that sees which lines of Python run; what leads further is the place of the generator that refuses an
input, or what it makes of it. An input that comes to a new one is kept and changed on. Called by `scripts/pegplan fuzz`.
"""
from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Optional

from cases import Case, load
from judgement import Judge, Verdict
from mutation import first_cases, mutate

_THOROUGH_SHARE = 0.02
"""How often a case with an outcome as many others is looked at thoroughly all the same."""
_MOST_KEPT = 190
_MOST_BYTES_KEPT = 150_000
"""What --minimise leaves in the tree; room for inputs of findings beside it."""
_OLD_SHARE = 0.15
"""How often a case is made of a real one rather than of one that was kept."""


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_file()) if folder.is_dir() else []


class Search:
    """One run of the fuzzer."""

    def __init__(self, judge: Judge, seed: int, new: Path, findings: Path) -> None:
        self.judge = judge
        self.dice = random.Random(seed)
        self.new = new
        self.findings = findings
        self.features: dict[str, Case] = {}
        self.found: set[str] = set()
        self.executions = 0

    def run(self, seconds: float, kept: list[Path]) -> None:
        """Kept cases first, all of them, then new ones until the time is over."""
        end = time.monotonic() + seconds
        for path in kept:
            self.try_case(load(path), thoroughly=False)
        for case in first_cases():
            if time.monotonic() < end:
                self.try_case(case)
        while time.monotonic() < end:
            pool = list(self.features.values())
            base = self.dice.choice(first_cases() if self.dice.random() < _OLD_SHARE else pool)
            case = mutate(self.dice, base, self.dice.choice(pool))
            self.try_case(case, True if self.dice.random() < _THOROUGH_SHARE else None)

    def try_case(self, case: Case, thoroughly: Optional[bool] = None) -> None:
        """Runs one, and keeps it when it is news."""
        verdict = self.judge.judge(case, self.features, thoroughly)
        self.executions += 1
        if verdict.problem:
            # One finding for each place of failure is enough.
            summary = failure_of(verdict)
            if summary not in self.found:
                self.found.add(summary)
                (self.findings / case.name()).write_bytes(case.encoded())
                # At once: run alone it may be well.
                print(f"{case.name()}: {verdict.problem}", file=sys.stderr, flush=True)
        known = self.features.get(verdict.feature)
        if known is None or len(case.encoded()) < len(known.encoded()):
            self.features[verdict.feature] = case
            if thoroughly is not False and not verdict.problem and known is None:
                (self.new / case.name()).write_bytes(case.encoded())




def failure_of(verdict: Verdict) -> str:
    """What tells findings apart: of an exception where it came from, else the first line without values."""
    lines = verdict.problem.splitlines()
    if lines[0] == "an exception:":
        return "".join(line for line in lines if line.startswith("  File "))
    return lines[0].split(":")[0] + verdict.feature


def _search(options: argparse.Namespace) -> int:
    with Judge() as judge:
        search = Search(judge, options.seed, options.new.resolve(), options.findings.resolve())
        search.run(options.seconds, [*_files(options.kept.resolve()), *_files(options.new.resolve())])
    options.report.write_text(json.dumps({"executions": search.executions, "features": sorted(search.features)}),
                              encoding="utf-8")
    return 0


def _run(options: argparse.Namespace) -> int:
    wrong = 0
    known: set[str] = set()
    paths = [file for path in options.files for file in (_files(path.resolve()) if path.is_dir() else [path.resolve()])]
    with Judge() as judge:
        for path in paths:
            verdict = judge.judge(load(path), known, True if len(paths) == 1 else None)
            known.add(verdict.feature)
            if len(paths) == 1:
                print(verdict.message or verdict.feature)
            if verdict.problem:
                wrong += 1
                print(f"{path}: {verdict.problem}")
    if len(paths) != 1:
        print(f"{len(paths)} inputs, {wrong} findings")
    return 1 if wrong else 0


def _show(options: argparse.Namespace) -> int:
    case = load(options.file)
    fragments = [(f"fragment {number}", text) for number, text in enumerate(case.fragments)]
    for title, text in (("board", case.board_text), ("defaults.config", case.defaults), ("app.config", case.app_config),
                        ("Kconfig", case.app_kconfig), *fragments):
        if text is not None:
            print(f"--- {title}")
            print(text.encode("utf-8", "backslashreplace").decode("utf-8"))
    print(f"--- board {case.board!r}, profile {case.profile!r}, --set {list(case.settings)!r}")
    return 0


def _choose(options: argparse.Namespace) -> int:
    """A small case of each outcome, as many as fit into what shall be kept."""
    best: dict[str, Case] = {}
    with Judge() as judge:
        for path in [file for folder in options.folders for file in _files(folder.resolve())]:
            case = load(path)
            verdict = judge.judge(case, thoroughly=False)
            known = best.get(verdict.feature)
            if not verdict.problem and (known is None or len(case.encoded()) < len(known.encoded())):
                best[verdict.feature] = case
        short = [_shortened(judge, feature, case) for feature, case in best.items()]
    smallest = sorted(short, key=lambda case: len(case.encoded()))
    size = 0
    for case in smallest[:_MOST_KEPT]:
        size += len(case.encoded())
        if size <= _MOST_BYTES_KEPT:
            (options.out / case.name()).write_bytes(case.encoded())
    return 0


def _shortened(judge: Judge, feature: str, case: Case) -> Case:
    """The case without the parts that do not matter for its outcome."""
    for name, plain in asdict(Case()).items():
        shorter = replace(case, **{name: plain})
        if shorter != case and judge.judge(shorter, thoroughly=False).feature == feature:
            case = shorter
    return case


def _make_mistake() -> None:
    """A mistake in the generator, to see that it is found: a size of zero is not expected."""
    from generator.load import schema
    from generator.model import FieldType

    parse = schema._PARSERS[FieldType.SIZE]

    def parse_wrongly(text: str) -> int:
        return 1 // parse(text) and parse(text) or parse(text)

    schema._PARSERS[FieldType.SIZE] = parse_wrongly


def main() -> int:
    """Of the program; scripts/pegplan_cli/fuzz.py knows the arguments."""
    parser = argparse.ArgumentParser(description="Fuzzes the generator; called by `scripts/pegplan fuzz generator`.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    search = verbs.add_parser("search")
    search.add_argument("--seconds", type=float, required=True)
    search.add_argument("--seed", type=int, required=True)
    for name in ("--kept", "--new", "--findings", "--report"):
        search.add_argument(name, type=Path, required=True)
    run = verbs.add_parser("run")
    run.add_argument("files", type=Path, nargs="+", help="inputs, or folders of them")
    for verb in (search, run):
        verb.add_argument("--set", dest="settings", action="append", default=[], metavar="MISTAKE=1",
                          help="for tests of the fuzzer itself: with a mistake in the generator")
    show = verbs.add_parser("show")
    show.add_argument("file", type=Path)
    choose = verbs.add_parser("choose")
    choose.add_argument("--out", type=Path, required=True)
    choose.add_argument("folders", type=Path, nargs="+")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")
    for setting in getattr(options, "settings", ()):
        if setting != "MISTAKE=1":
            parser.error(f"--set {setting}: this target has no option but MISTAKE=1")
        _make_mistake()
    return {"search": _search, "run": _run, "show": _show, "choose": _choose}[options.verb](options)


if __name__ == "__main__":
    sys.exit(main())
