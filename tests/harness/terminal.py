"""Runs a command at a terminal of its own, as a user would see it."""

from __future__ import annotations

import os
import pty
import select
import signal
import termios
import time
from pathlib import Path
from typing import Mapping, Optional, Sequence

LIMIT_S = 120.0
_CHUNK = 4096


class Terminal:
    """A command that believes to be at a terminal."""

    def __init__(self, command: Sequence[object], cwd: Optional[Path] = None, env: Optional[Mapping[str, str]] = None) -> None:
        self.shown = ""
        self._status: Optional[int] = None
        words = [str(word) for word in command]
        variables = {"TERM": "xterm", **(os.environ if env is None else env)}
        self.child, self.descriptor = pty.fork()
        if self.child == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it, which is inherited
                os.chdir(cwd or os.getcwd())
                os.execvpe(words[0], words, variables)
            finally:
                os._exit(127)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._status is None:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        os.close(self.descriptor)

    def type(self, text: str) -> None:
        """Types."""
        os.write(self.descriptor, text.encode())

    def wait_for(self, text: str, limit_s: float = LIMIT_S) -> None:
        """Waits until the text has been shown."""
        deadline = time.monotonic() + limit_s
        while text not in self.shown:
            assert self._read(deadline), f"{text!r} was not shown; the terminal shows:\n{self.shown}"

    def end(self, limit_s: float = LIMIT_S) -> int:
        """Waits for the command's end; returns its exit code, negative for a signal."""
        deadline = time.monotonic() + limit_s
        while self._read(deadline):
            pass
        while self._status is None:
            pid, status = os.waitpid(self.child, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
                return self._status
            assert time.monotonic() < deadline, f"no end; the terminal shows:\n{self.shown}"
            time.sleep(0.01)
        return self._status

    def line_mode(self) -> bool:
        """Whether the terminal edits lines and echoes, as shells leave it."""
        flags = termios.tcgetattr(self.descriptor)[3]
        return bool(flags & termios.ICANON) and bool(flags & termios.ECHO)

    def _read(self, deadline: float) -> bool:
        """Takes what is shown next; False at the end or the deadline."""
        ready, _, _ = select.select([self.descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self.descriptor, _CHUNK)
        except OSError:  # the command has closed its side
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)
