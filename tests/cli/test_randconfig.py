"""Every legal configuration builds without warnings and boots: a fixed sample, some of the day, and as many as `--randconfig N` says."""

from __future__ import annotations

import datetime
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import boards_of
from harness import qemu
from harness.cli import pegplan
from pegplan_cli.boards import find_board
from pegplan_cli.build import Build, Request
from pegplan_cli.errors import Reported
from pegplan_cli.project import BUILD
from pegplan_cli.randconfig import PROBE, open_space, random_candidates, run_randconfig, try_candidate

FIXED, OF_THE_DAY = 12, 4
SAMPLED = ("host", "host", "qemu-riscv64-virt")
"""The boards of the sample, in turn. Tests of the generator draw for the others."""
UNSANITISED = "HOST_NO_SANITIZER=y"
"""Kernels with sanitizers take three times as long to compile, and tests/host has them; `--randconfig` draws them too."""


@dataclass(frozen=True)
class Sample:
    """A configuration of the sweep. What it is called does not depend on the day, which processes may see differently."""

    board: str
    name: str
    seed: int
    settings: tuple[str, ...] = ()


def samples(config: pytest.Config) -> list[Sample]:
    """Those of the run."""
    wanted = config.getoption("--randconfig")
    if wanted:
        return [Sample(board.name, f"seed-{seed}", seed) for seed in range(wanted) for board in boards_of(config) if board.tests != "named"]
    day = datetime.datetime.now(datetime.timezone.utc).date().toordinal() * OF_THE_DAY
    seeds = [(f"seed-{number}", number) for number in range(FIXED)] + [(f"of-the-day-{number}", day + number) for number in range(OF_THE_DAY)]
    usual = [Sample(board, name, seed, (UNSANITISED,) if find_board(board).is_process else ())
             for (name, seed), board in zip(seeds, SAMPLED * len(seeds))]
    boards = {board.name for board in boards_of(config)}
    return [one for one in usual if one.board in boards]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "sample" in metafunc.fixturenames:
        found = samples(metafunc.config)
        metafunc.parametrize("sample", found, ids=[f"{one.board}-{one.name}" for one in found])


@pytest.mark.slow
@pytest.mark.uncounted
def test_a_random_configuration_boots(sample: Sample, tmp_path: Path) -> None:
    program = qemu.missing_emulator(find_board(sample.board))
    assert program is None, f"{program} is not installed; scripts/pegplan setup installs it"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    folder = Path(os.environ.get("PEGPLAN_TEST_BUILD_DIR", BUILD / "tests")).resolve() / "randconfig" / f"{sample.board}-{worker}"
    build = Build(Request(sample.board, PROBE, settings=sample.settings), folder)
    space = open_space(build)
    (candidate,) = random_candidates(space, sample.board, sample.seed, 1)
    trial = try_candidate(space, candidate, tmp_path, build, run=True)
    assert trial.step == "booted", f"{candidate.origin}\n{trial.fragment.read_text()}\n{trial.text}"


# ---- the verb -------------------------------------------------------------------------------------------------------


def test_fragments_are_written(tmp_path: Path) -> None:
    place = ("--board", "host", "--build-dir", tmp_path / "build")
    result = pegplan("randconfig", "--seed", 5, "--count", 3, "--out", tmp_path / "out", *place)
    assert result.code == 0 and result.err == "pegplan: 3 configurations, 3 written\n", result
    names = [tmp_path / "out" / f"seed-{seed}.config" for seed in (5, 6, 7)]
    assert result.out == "".join(f"{name}: written\n" for name in names)
    texts = [name.read_text() for name in names]
    assert len(set(texts)) == 3 and texts[0].startswith("# A random legal configuration: scripts/pegplan randconfig --board host --seed 5\nCONFIG_")
    again = pegplan("randconfig", "--seed", 6, "--out", tmp_path / "again", *place)
    assert again.code == 0 and (tmp_path / "again" / "seed-6.config").read_text() == texts[1]
    # It is a fragment like others.
    assert pegplan("diff", "default", names[0], *place).code == 0


def test_pairs_are_written(tmp_path: Path) -> None:
    result = pegplan("randconfig", "--pairwise", "--out", tmp_path / "out", "--board", "host", "--build-dir", tmp_path / "build")
    assert result.code == 0 and "configurations cover" in result.err and "pairs are impossible on host" in result.err, result
    assert 10 < len(list((tmp_path / "out").glob("pairs-*.config"))) < 60


OUTCOMES = {
    "all is well": ("", "exit 0", "booted", 0),
    "the image says no": ("", "echo wrong; exit 3", "boot FAILED\n  wrong\n  the image ended the machine, exit code 3", 1),
    "a warning": ("main.cpp:3:9: warning: unused variable", "exit 0", "warnings FAILED\n  main.cpp:3:9: warning: unused variable", 1),
    "an error": ("main.cpp:3:9: error: wrong", "exit 0", "build FAILED\n  main.cpp:3:9: error: wrong", 1),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_what_fails_is_told(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With a compiler and an image that do as they are told."""
    said, does, expected, code = OUTCOMES[case]

    def make(build: Build) -> None:
        build.generated.mkdir(parents=True, exist_ok=True)
        build.image.touch()
        (build.generated / "run.json").write_text(json.dumps({
            "board": "host", "arch": "host", "command": ["/bin/sh", "-c", does], "exit_status": "process", "is_process": True}))
        sys.stderr.write(said)
        if "error:" in said:
            raise Reported()

    monkeypatch.setattr(Build, "make", make)
    build = Build(Request("host", PROBE), tmp_path / "build")
    assert run_randconfig(build, 1, 1, pairwise=False, out=None, compile_it=True, boot_it=True) == code
    assert capsys.readouterr().out.strip() == f"{tmp_path}/build/randconfig-fragments/seed-1.config: {expected}"
