"""What the next build of a folder compiles anew: asked of CMake and ninja themselves, without building anything."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from . import terminal

_STEP = re.compile(r"^\[\d+/\d+\] Building \w+ object (?P<object>\S+)$", re.MULTILINE)
_OBJECT = re.compile(r"^CMakeFiles/[^/]+\.dir/(?P<source>.+)\.(?:o|obj)$")
_SHOWN = 10
_LIMIT_S = 120


@dataclass(frozen=True)
class Rebuild:
    """The objects that are out of date."""

    sources: tuple[str, ...]
    """What is compiled, by the names of the tree and of the application's folder."""
    total: int
    """How many objects the image has."""

    def __str__(self) -> str:
        if not self.sources:
            return "the next build compiles nothing anew"
        names = ", ".join(self.sources[:_SHOWN])
        more = f" and {len(self.sources) - _SHOWN} more" if len(self.sources) > _SHOWN else ""
        return f"the next build compiles {len(self.sources)} of {self.total} objects: {names}{more}"


def next_rebuild(directory: Path) -> Optional[Rebuild]:
    """What the next build would compile; None where nothing has been configured, or CMake fails. Configures anew if that is due,
    as the build would."""
    if not (directory / "build.ninja").exists():
        return None
    if _run("cmake", "--build", str(directory), "--target", "build.ninja") is None:
        return None
    # ninja believes that its own file is out of date until it has looked at the globs, and a dry run ends there; under another
    # name the file is none that it makes.
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".dry-run-", suffix=".ninja") as copy:
        copy.write((directory / "build.ninja").read_bytes())
        copy.flush()
        shown = _run("ninja", "-C", str(directory), "-n", "-f", copy.name)
    if shown is None:
        return None
    sources = []
    for step in _STEP.finditer(shown):
        match = _OBJECT.match(step["object"])
        sources.append(_shorten(match["source"] if match else step["object"], directory))
    total = len(json.loads((directory / "compile_commands.json").read_text(encoding="utf-8")))
    return Rebuild(tuple(sorted(sources)), total)


def _shorten(source: str, directory: Path) -> str:
    """CMake puts whole paths into objects' names; of those in the folder or outside the tree the last part says enough."""
    inside = str(directory).lstrip("/")
    return Path(source).name if source.startswith(inside) or not source.startswith(("core/", "arch/")) else source


def _run(*command: str) -> Optional[str]:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def report_rebuild(directory: Path) -> None:
    """Says it."""
    rebuild = next_rebuild(directory)
    terminal.say("nothing has been built in this folder yet" if rebuild is None else str(rebuild))
