"""How much a change compiles anew, counted: which objects see a header of options, and which headers a change of an option
alters. And what the first step of each build costs."""

from __future__ import annotations

import json
import re
import resource
import shlex
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

import generator
from harness.cli import call
from pegplan_cli.project import ROOT

BOARD = "qemu-riscv64-virt"
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<(pegplan/[^>]+)>)', re.MULTILINE)
GENERATOR_LIMIT_S = 0.5
"""Of processor time, from the start of the interpreter to the last header."""


class Objects:
    """The objects of an image, and which of the project's headers each sees."""

    def __init__(self, folder: Path) -> None:
        self.generated = folder / "generated"
        # Without the source of the manifest, which the build itself writes.
        entries = json.loads((folder / "compile_commands.json").read_text())
        self.commands = {Path(entry["file"]): entry["command"] for entry in entries if Path(entry["file"]).exists()}
        self._folders = (ROOT, ROOT / "core" / "include", self.generated)

    @lru_cache(maxsize=None)
    def _included(self, file: Path) -> frozenset[Path]:
        """The headers that a file names itself. Nothing of them is conditional."""
        names = (match[1] or match[2] for match in INCLUDE.finditer(file.read_text(encoding="utf-8")))
        places = ([folder / name for folder in (*self._folders, file.parent) if (folder / name).exists()] for name in names)
        return frozenset(found[0] for found in places if found)

    @lru_cache(maxsize=None)
    def headers(self, source: Path) -> frozenset[Path]:
        """All that a source sees."""
        seen: set[Path] = set()
        waiting = [source]
        while waiting:
            for header in self._included(waiting.pop()) - seen:
                seen.add(header)
                waiting.append(header)
        return frozenset(seen)

    def seeing(self, names: list[str]) -> list[str]:
        """The sources that see one of these generated headers."""
        headers = {self.generated / name for name in names}
        return sorted(str(source) for source in self.commands if headers & self.headers(source))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configured folder, in which nothing is built."""
    path = tmp_path_factory.mktemp("rebuild")
    done = call(["cmake", "-G", "Ninja", "-S", ROOT, "-B", path, f"-DBOARD={BOARD}"])
    assert done.code == 0, done
    return path


def changed_headers(folder: Path, setting: str) -> list[str]:
    """The headers that another value of an option writes anew."""
    app = ROOT / "examples" / "basic_threading"
    generator.generate(generator.make_request(BOARD, folder, app=app))
    result = generator.generate(generator.make_request(BOARD, folder, app=app, settings=[setting]))
    return [path for path in result.report.written if path.endswith(".hpp")]


def test_the_count_is_the_compiler_s(folder):
    """What is counted below is what the compiler reads."""
    objects = Objects(folder)
    source = next(path for path in objects.commands if path.name == "scheduler.cpp")
    command = shlex.split(objects.commands[source])
    del command[command.index("-o"):command.index("-o") + 2]
    listed = subprocess.run([*command, "-M", "-MF", "-"], capture_output=True, text=True, check=True, cwd=folder).stdout
    read = {Path(word) for word in listed.replace("\\\n", " ").split()[1:]}
    ours = {path for path in read if path.is_relative_to(ROOT) or path.is_relative_to(folder / "generated")} - {source}
    assert ours == set(objects.headers(source))


@pytest.mark.parametrize("setting, headers, most", [
    ("TASK_DEQUE_CAPACITY=64", {"tasks"}, 6),
    ("QUEUE_CAPACITY=8", {"sync"}, 15),
    ("THREAD_LOCAL_DESTRUCTORS=8", {"thread"}, 44),
    # Assertions and canaries are everywhere, and the other options of their subsystems with them.
    ("PRINT_BUFFER=256", {"observe"}, 42),
    ("STACK_CANARIES=y", {"security"}, 44),
])
def test_a_change_compiles_what_uses_it(setting, headers, most, folder):
    """An option changes the header of its subsystem, and what sees that header is compiled: about as many objects as when this was
    written, and never all."""
    objects = Objects(folder)
    changed = [name for name in changed_headers(folder, setting) if objects.seeing([name])]
    assert changed == [f"pegplan/config/{header}.hpp" for header in sorted(headers)]
    seeing = objects.seeing(changed)
    assert 0 < len(seeing) <= most < len(objects.commands), (len(seeing), len(objects.commands), seeing)


def test_the_generator_is_quick(tmp_path, record_property):
    """The least of three, since what else runs on the machine can only add to it."""
    spent = []
    for number in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "generator", "generate", "--board", BOARD, "--build-dir", str(tmp_path / str(number))]
        subprocess.run(command, cwd=ROOT, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    record_property("figure", f"the generator, from its start to written headers: {min(spent):.2f} s of processor time")
    assert min(spent) <= GENERATOR_LIMIT_S, spent
