"""Filters between a board's console and the user: bytes in, bytes out, as early as possible.

A filter's `feed` takes what came and returns what can be shown; `finish` returns what it still holds. Partial lines are
shown at once unless a filter must see the whole line.
"""

from __future__ import annotations

import re
from typing import Callable, Protocol


class Filter(Protocol):
    """One stage."""

    def feed(self, data: bytes) -> bytes:
        """Takes what came, returns what can be shown."""

    def finish(self) -> bytes:
        """Returns what is still held, at the end of the stream."""


class Chain:
    """Several filters, one behind the other."""

    def __init__(self, *filters: Filter) -> None:
        self._filters = filters

    def feed(self, data: bytes) -> bytes:
        """Takes what came, returns what can be shown."""
        for stage in self._filters:
            data = stage.feed(data)
        return data

    def finish(self) -> bytes:
        """Returns what is still held, at the end of the stream."""
        data = b""
        for stage in self._filters:
            data = (stage.feed(data) if data else b"") + stage.finish()
        return data


class Newlines:
    """A serial line's CR LF becomes LF."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Holds back a CR at the end, since its LF may be next."""
        data = self._held + data
        self._held = b"\r" if data.endswith(b"\r") else b""
        return data[: len(data) - len(self._held)].replace(b"\r\n", b"\n")

    def finish(self) -> bytes:
        """The CR that nothing followed."""
        return self._held


class FirmwareBanner:
    """Drops what a board's firmware prints before the kernel starts, when it is a banner known here.

    Firmware that does not come to the end of its banner is not hidden: that is where the fault lies.
    """

    BANNERS = ((b"OpenSBI v", re.compile(rb"^Boot HART MEDELEG +: .*\n", re.MULTILINE)),)
    """How it begins, and its last line."""

    def __init__(self) -> None:
        self._held = b""
        self._done = False

    def feed(self, data: bytes) -> bytes:
        """Holds what could be a banner."""
        if self._done:
            return data
        self._held += data
        text = self._held.lstrip(b"\n")
        for begin, last_line in self.BANNERS:
            if text.startswith(begin):
                end = last_line.search(self._held)
                if end is None:
                    return b""
                self._held = self._held[end.end():]
                return self.finish()
            if begin.startswith(text):
                return b""
        return self.finish()

    def finish(self) -> bytes:
        """Everything: no banner, or one without its end."""
        self._done = True
        held, self._held = self._held, b""
        return held


class TraceLines:
    """Hands the lines of a stack trace (`  #3 0x0000000080201234`) to a function that says what lies there."""

    _WHOLE = re.compile(rb"^  #(\d+) 0x([0-9a-fA-F]+) *$")
    _BEGUN = re.compile(rb"^ {1,2}$|^  #\d*$|^  #\d+ (0|0x[0-9a-fA-F]* *)?$")

    def __init__(self, describe: Callable[[int, int], str]) -> None:
        self._describe = describe
        self._held = b""
        self._inside_line = False

    def feed(self, data: bytes) -> bytes:
        """Shows all but a line that could still become one of a trace."""
        shown = b""
        lines = (self._held + data).split(b"\n")
        self._held = b""
        for line in lines[:-1]:
            shown += (line if self._inside_line else self._described(line)) + b"\n"
            self._inside_line = False
        rest = lines[-1]
        if not self._inside_line and self._BEGUN.match(rest):
            self._held = rest
        else:
            shown += rest
            self._inside_line = self._inside_line or rest != b""
        return shown

    def finish(self) -> bytes:
        """The line without an end."""
        held, self._held = self._held, b""
        return self._described(held)

    def _described(self, line: bytes) -> bytes:
        match = self._WHOLE.match(line)
        if match is None:
            return line
        what = self._describe(int(match[1]), int(match[2], 16))
        return line.rstrip() + (b" " + what.encode() if what else b"")
