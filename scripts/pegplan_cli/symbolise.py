"""From addresses in an image to functions and lines, through the ELF and the toolchain's addr2line."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Optional

_LOOKUP_LIMIT_S = 10


class Symboliser:
    """Looks addresses of one image up."""

    def __init__(self, image: Path, addr2line: Optional[str]) -> None:
        self._image = image
        self._addr2line = addr2line

    def describe_frame(self, number: int, address: int) -> str:
        """`function at file:line` for a frame of a stack trace; empty when the image does not know.

        All frames but the first hold return addresses: the call is before them, possibly on another line.
        """
        return self.describe(address if number == 0 else address - 1)

    def describe(self, address: int) -> str:
        """`function at file:line`, with the functions into which it was inlined."""
        if not self._addr2line:
            return ""
        try:
            result = subprocess.run(
                [self._addr2line, "-e", str(self._image), "-f", "-i", "-C", hex(address)],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True,
                errors="replace", timeout=_LOOKUP_LIMIT_S, check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        lines = result.stdout.splitlines()
        places = [
            function if where.startswith("??") else f"{function} at {_shorten(where)}"
            for function, where in zip(lines[::2], lines[1::2]) if function != "??"
        ]
        return ", inlined into ".join(places)


def _shorten(where: str) -> str:
    """Paths in images are relative to the tree or to the folder around the application."""
    return where.split(" (discriminator")[0].removeprefix("./")
