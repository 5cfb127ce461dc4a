"""Pegplan's threads in gdb: `info threads`, `pegplan threads`, `pegplan thread`, `pegplan backtrace`.

Runs inside gdb; `scripts/pegplan debug` loads it. By hand: `python import sys; sys.path.insert(0, "<tree>/scripts")`, then
`python import pegplan_gdb; pegplan_gdb.install()`. Everything is read from the image's own debug information and memory; nothing of
the machine is ever written.
"""

from __future__ import annotations


def install() -> None:
    """Adds the commands to the running gdb."""
    from . import commands, frames

    frames.install()
    commands.install()
