"""What a user has saved in a menu is kept, however the menu ends.

A front end saves a complete configuration, which is then turned into the folder's own delta (generator/user_config.py). Between the
two the terminal may be closed, or the front end fail.
"""

from __future__ import annotations

import fcntl
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator

from .errors import PegplanError


@contextmanager
def one_at_a_time(directory: Path) -> Iterator[None]:
    """Refuses a second menu on a folder: whichever saved last would take the other's changes back."""
    with open(directory / ".menu-lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PegplanError(f"another menu is open on {directory}; end that one first, or name another --build-dir") from error
        yield


@contextmanager
def edits_are_kept(saved: Path, keep: Callable[[], None], always: bool) -> Iterator[None]:
    """Calls `keep` at the end if the front end has written `saved` meanwhile, or `always`; also when the end is an error, an
    interrupt or the terminal's."""
    before = saved.stat().st_mtime_ns
    handlers = {number: signal.signal(number, _leave) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        yield
    finally:
        for number in handlers:
            signal.signal(number, signal.SIG_IGN)       # nothing ends what follows
        try:
            if always or saved.stat().st_mtime_ns != before:
                keep()
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _leave(number: int, _frame: object) -> None:
    """Leaves through all `finally` blocks."""
    sys.exit(128 + number)
