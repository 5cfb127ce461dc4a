"""`pegplan fuzz`: each target finds nothing in its kept inputs, nor in half a minute, and finds what is wrong on purpose."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from harness.cli import CommandResult, pegplan
from pegplan_cli import fuzz
from pegplan_cli.project import BUILD

# Builds of one target are made in one folder, by one process at a time.
pytestmark = pytest.mark.xdist_group("fuzz")

TARGETS = sorted(fuzz.all_targets())
MOST_INPUTS = 200
MOST_BYTES = 200 * 1024
SEED = 1


@pytest.fixture
def work() -> Path:
    """A work folder with images of earlier tests, and without their inputs."""
    folder = Path(os.environ.get("PEGPLAN_TEST_BUILD_DIR", BUILD / "tests")).resolve() / "fuzz"
    for name in ("corpus", "findings"):
        shutil.rmtree(folder / name, ignore_errors=True)
    return folder


def findings(work: Path) -> list[Path]:
    return sorted((work / "findings").glob("*"))


def reproducing_command(result: CommandResult) -> list[str]:
    """The words behind `pegplan` of the command that the output names."""
    (line,) = re.findall(r"^pegplan: to reproduce: (.*)$", result.err, re.MULTILINE)[:1]
    return line.split()[1:]


def test_targets_are_listed():
    result = pegplan("fuzz")
    assert result.code == 0, result
    assert [line.split()[0] for line in result.out.splitlines()] == ["target", *TARGETS]
    assert {"api", "generator"} <= set(TARGETS)


def test_unknown_target():
    result = pegplan("fuzz", "apl")
    assert result.code == 125
    assert result.err == f"pegplan: there is no fuzz target apl; there are: {', '.join(TARGETS)}\n"


def test_input_that_is_not_there(work):
    result = pegplan("fuzz", "generator", "--reproduce", "nowhere", "--build-dir", work)
    assert (result.code, result.err) == (125, "pegplan: there is no file nowhere\n")


@pytest.mark.parametrize("name", TARGETS)
def test_kept_inputs_are_few_and_small(name):
    files = list(fuzz.find_target(name).corpus.iterdir())
    assert 0 < len(files) <= MOST_INPUTS
    assert sum(file.stat().st_size for file in files) <= MOST_BYTES


@pytest.mark.slow
def test_kept_inputs_of_the_generator(work):
    result = pegplan("fuzz", "generator", "--reproduce", fuzz.find_target("generator").corpus, "--build-dir", work)
    assert result.code == 0 and "nothing is wrong" in result.err, result


@pytest.mark.slow
@pytest.mark.parametrize("sanitizer", [[], ["--asan"]], ids=["plain", "asan"])
def test_kept_inputs_of_the_kernel(work, sanitizer):
    result = pegplan("fuzz", "api", "--reproduce", fuzz.find_target("api").corpus, "--build-dir", work, *sanitizer)
    assert result.code == 0 and "nothing is wrong" in result.err, result


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_half_a_minute_finds_nothing(work, name):
    result = pegplan("fuzz", name, "--seconds", 30, "--build-dir", work)
    assert result.code == 0, result
    header, figures = (line.split() for line in result.out.splitlines())
    assert header[:2] == ["target", "executions"] and figures[0] == name
    assert int(figures[1]) > len(list(fuzz.find_target(name).corpus.iterdir())), result
    assert findings(work) == []


@pytest.mark.slow
@pytest.mark.parametrize("option", ["MUTEX_CEILING", "TIMER_CALLBACKS_IN_THREAD"])
def test_random_scripts_with_other_rules(tmp_path, option):
    """Without an engine: options for which the oracle has rules of their own."""
    result = pegplan("run", "tests/fuzz/api", "--board", "host", "--unity", "--set", f"{option}=y", "--set", "FUZZ_RUNS=2000",
                     "--build-dir", tmp_path / "build")
    assert result.code == 0 and "2000 scripts: kernel and oracle agree" in result.out, result


MISTAKES = {
    1: ([], "kernel and oracle differ"),
    2: ([], "libFuzzer: timeout"),
    3: ([], "a worker holds two mutexes"),
    4: (["--asan"], "AddressSanitizer: stack-buffer-overflow"),
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_of_the_kernel_is_found(work, tmp_path, mistake):
    """From nothing: without kept inputs."""
    sanitizer, words = MISTAKES[mistake]
    result = pegplan("fuzz", "api", "--seconds", 120, "--seed", SEED, "--input-timeout", 2, "--corpus", tmp_path / "none",
                     "--build-dir", work, "--set", f"FUZZ_MISTAKE={mistake}", *sanitizer)
    assert result.code == fuzz.EXIT_FOUND, result
    assert words in result.err, result
    assert re.search(r"^worker \d, spawned by main with priority \d$", result.err, re.MULTILINE), "the script in words"
    assert findings(work)
    again = pegplan(*reproducing_command(result), "--build-dir", work)
    assert again.code == fuzz.EXIT_FOUND and words in again.out, again
    without = pegplan("fuzz", "api", "--reproduce", findings(work)[0], "--build-dir", work, *sanitizer)
    assert without.code == 0, without


@pytest.mark.slow
def test_mistake_of_the_generator_is_found(work):
    result = pegplan("fuzz", "generator", "--seconds", 5, "--seed", SEED, "--build-dir", work, "--set", "MISTAKE=1")
    assert result.code == fuzz.EXIT_FOUND, result
    assert "ZeroDivisionError" in result.err and "--- board" in result.err, result
    again = pegplan(*reproducing_command(result), "--build-dir", work)
    assert again.code == fuzz.EXIT_FOUND and "ZeroDivisionError" in again.out, again


@pytest.mark.slow
def test_new_inputs_are_taken_over(work, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "found-once").write_bytes(b"\0")
    found = pegplan("fuzz", "api", "--seconds", 2, "--seed", SEED, "--corpus", kept, "--build-dir", work)
    assert found.code == 0 and [file.name for file in kept.iterdir()] == ["found-once"], found
    taken = pegplan("fuzz", "api", "--minimise", "--corpus", kept, "--build-dir", work)
    assert taken.code == 0, taken
    first = sorted(file.name for file in kept.iterdir())
    assert "found-once" in first and 5 < len(first) <= MOST_INPUTS
    pegplan("fuzz", "api", "--minimise", "--corpus", kept, "--build-dir", work)
    # An edge that the watch for empty loops takes, by the process's clock, may come and go.
    assert len(list(kept.iterdir())) <= len(first) * 1.1, "nothing new, hardly more"
