"""What must not compile does not, and says why.

A snippet's first line holds the regular expression that the compiler's messages must match, or `nothing` when it must
compile without a message; a second one may add options. Snippets are compiled as an application of the board is, of one
board only: they are about the interfaces, which are the same everywhere.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from harness import qemu

pytestmark = pytest.mark.arch("riscv64")

SNIPPETS = sorted((Path(__file__).parent / "snippets").glob("*.cpp"))
LIMIT_S = 60.0


def header(snippet: Path, key: str) -> str:
    """What stands behind `// key: `."""
    found = re.search(rf"^// {key}: (.*)$", snippet.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


@pytest.fixture(scope="session")
def compiler(bench, board) -> tuple[list[str], Path]:
    """The command that compiles an application of the board but for the names of files, and its working folder."""
    folder = bench.build("basic_threading", qemu.Configuration(board)).directory
    entries = json.loads((folder / "compile_commands.json").read_text(encoding="utf-8"))
    words = next(shlex.split(entry["command"]) for entry in entries if "basic_threading" in entry["file"])
    cut = words.index("-o")
    return words[:cut], folder


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.stem)
def test_snippet(compiler, snippet):
    command, folder = compiler
    done = subprocess.run([*command, *header(snippet, "flags").split(), "-fsyntax-only", snippet], cwd=folder, text=True,
                          capture_output=True, timeout=LIMIT_S, check=False)
    wanted = header(snippet, "expect")
    assert wanted, "the snippet does not say what is expected"
    if wanted == "nothing":
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert done.returncode != 0, "it compiles"
        assert re.search(wanted, done.stderr.replace("‘", "'").replace("’", "'")), done.stderr
