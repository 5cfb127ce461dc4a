"""Random and pairwise configurations: drawn by generator/explore, written as fragments, built, booted.

A configuration passes when it is built without a warning and its image ends with exit code 0. Each board has one build
folder, in which one configuration is built after the other: what does not depend on an option that changed is not
compiled again.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Optional, Sequence

from . import console, machine, terminal
from .boards import find_board
from .build import Build
from .errors import PegplanError
from .explain import generator_errors, generator_request
from .project import GENERATED_NAME, ROOT

if TYPE_CHECKING:
    from generator.explore.space import Assignments, Space

PROBE = ROOT / "tests" / "qemu" / "apps" / "any_configuration"
"""The application that runs in every configuration."""
KEPT = ("HOST_FUZZER", "HOST_COVERAGE")
"""Options that are not drawn: `pegplan fuzz` and `pegplan coverage` set them for applications of their own."""
EXIT_FAILED = 1
BOOT_LIMIT_S = 120.0
_WARNING = "warning:"


@dataclass(frozen=True)
class Candidate:
    """A configuration to try."""

    name: str           # unique for a board: seed-17, pair-3
    origin: str         # how it comes about again
    assignments: Assignments


@dataclass(frozen=True)
class Trial:
    """What became of a configuration."""

    candidate: Candidate
    fragment: Path
    step: str           # "written", "built", "booted", or what failed: "build", "warnings", "boot"
    text: str = ""      # what the compiler or the console said

    @property
    def failed(self) -> bool:
        """Whether something went wrong."""
        return self.step in ("build", "warnings", "boot")


def open_space(build: Build) -> Space:
    """What can be set on the board, on top of what the command line sets."""
    with generator_errors():
        from generator.explore.space import Space

        return Space(generator_request(build.request, build.directory), KEPT)


def random_candidates(space: Space, board: str, seed: int, count: int) -> Iterator[Candidate]:
    """Configurations of successive seeds."""
    from generator.explore.random_configuration import random_configuration

    for one in range(seed, seed + count):
        yield Candidate(f"seed-{one}", f"scripts/pegplan randconfig --board {board} --seed {one}", random_configuration(space, one))


def pair_candidates(space: Space, board: str, seed: int) -> tuple[list[Candidate], int, int]:
    """Configurations that cover all pairs, how many pairs those are, and how many are impossible."""
    from generator.explore.pairs import cover_pairs

    covering = cover_pairs(space, seed)
    rows = [Candidate(f"pairs-{number}", f"scripts/pegplan randconfig --board {board} --pairwise --seed {seed}, row {number}", row)
            for number, row in enumerate(covering.rows)]
    return rows, len(covering.covered), len(covering.impossible)


def try_candidate(space: Space, candidate: Candidate, folder: Path, build: Optional[Build], run: bool) -> Trial:
    """Writes the fragment; with `build` builds it on top of the build's own request, and with `run` boots it."""
    fragment = folder / f"{candidate.name}.config"
    folder.mkdir(parents=True, exist_ok=True)
    opening = [f"A random legal configuration: {candidate.origin}"]
    fragment.write_text(candidate.assignments.fragment(space.menu, opening), encoding="utf-8")
    if build is None:
        return Trial(candidate, fragment, "written")
    request = replace(build.request, fragments=(*build.request.fragments, fragment), unity=True)
    one = Build(request, build.directory / "randconfig")
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            one.make()
    except PegplanError as error:
        return Trial(candidate, fragment, "build", f"{said.getvalue()}{error}")
    if _WARNING in said.getvalue():
        return Trial(candidate, fragment, "warnings", said.getvalue())
    return _boot(one, candidate, fragment) if run else Trial(candidate, fragment, "built", said.getvalue())


def _boot(build: Build, candidate: Candidate, fragment: Path) -> Trial:
    """Boots an image, on emulated boards with time that follows instructions, so that a failure can be had again."""
    description = machine.Description.load(build.directory / GENERATED_NAME / "run.json")
    shown = bytearray()
    chain = console.Chain(console.Newlines(), console.FirmwareBanner())
    outcome = machine.boot(description, build.image, BOOT_LIMIT_S, lambda data: shown.extend(chain.feed(data)),
                           description.deterministic_arguments())
    shown.extend(chain.finish())
    text = shown.decode(errors="replace") + outcome.messages
    if outcome.end is machine.End.EXITED and outcome.code == 0:
        return Trial(candidate, fragment, "booted", text)
    return Trial(candidate, fragment, "boot", f"{text}{outcome.end.value}, exit code {outcome.code}")


def run_randconfig(build: Build, seed: int, count: int, pairwise: bool, out: Optional[Path], compile_it: bool, boot_it: bool) -> int:
    """The verb: EXIT_FAILED when a configuration failed."""
    board = build.request.board
    space = open_space(build)
    if pairwise:
        with generator_errors():
            rows, covered, impossible = pair_candidates(space, board, seed)
        terminal.say(f"{len(rows)} configurations cover {covered} pairs of values; {impossible} pairs are impossible on {board}")
        candidates: Iterator[Candidate] = iter(rows)
    else:
        candidates = random_candidates(space, board, seed, count)
    folder = (out or build.directory / "randconfig-fragments").resolve()
    if boot_it and not find_board(board, build.request.board_root).runs:
        raise PegplanError(f"{board} says of no emulator that runs its images; leave out --run")
    trials = []
    for candidate in candidates:
        trial = try_candidate(space, candidate, folder, build if compile_it or boot_it else None, boot_it)
        trials.append(trial)
        print(f"{trial.fragment}: {trial.step}{' FAILED' if trial.failed else ''}", flush=True)
        if trial.failed:
            print("".join(f"  {line}\n" for line in trial.text.splitlines()[-40:]), end="", flush=True)
    return _conclude(trials)


def _conclude(trials: Sequence[Trial]) -> int:
    failed = [trial for trial in trials if trial.failed]
    steps = {trial.step for trial in trials if not trial.failed}
    terminal.say(f"{len(trials)} configurations, {len(trials) - len(failed)} {' and '.join(sorted(steps)) or 'passed'}"
                 + (f", {len(failed)} FAILED: {', '.join(trial.candidate.name for trial in failed)}" if failed else ""))
    return EXIT_FAILED if failed else 0
