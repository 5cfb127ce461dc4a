"""Calls `scripts/pegplan` as a user would."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Optional, Sequence

from pegplan_cli.project import LAUNCHER

LIMIT_S = 240.0


@dataclass(frozen=True)
class CommandResult:
    """What a command printed and returned."""

    command: tuple[str, ...]
    code: int
    out: str
    err: str

    def __repr__(self) -> str:
        return f"<{' '.join(self.command)}: exit code {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}>"


def call(command: Sequence[object], cwd: Optional[Path] = None, env: Optional[Mapping[str, str]] = None,
         text_in: Optional[str] = None, limit_s: float = LIMIT_S) -> CommandResult:
    """Runs a command without a terminal. `env` replaces the whole environment."""
    words = tuple(str(word) for word in command)
    done = subprocess.run(
        words, cwd=cwd, env=dict(env) if env is not None else None, input=text_in, text=True, errors="replace",
        stdin=subprocess.DEVNULL if text_in is None else None, capture_output=True, timeout=limit_s, check=False,
    )
    return CommandResult(words, done.returncode, done.stdout, done.stderr)


def pegplan(*arguments: object, cwd: Optional[Path] = None, env: Optional[Mapping[str, str]] = None,
            limit_s: float = LIMIT_S) -> CommandResult:
    """Runs `scripts/pegplan` with additions to the environment."""
    return call((LAUNCHER, *arguments), cwd, {**os.environ, **(env or {})}, limit_s=limit_s)
