"""Device trees for the firmware of emulated machines that make none themselves."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .errors import PegplanError
from .packages import DEVICE_TREE_COMPILER


def compile_device_tree(source: Path, blob: Path) -> None:
    """Writes the binary form of a device tree source."""
    if not DEVICE_TREE_COMPILER.present():
        raise PegplanError(f"the board takes a device tree, and {DEVICE_TREE_COMPILER.packages[0]} is not installed "
                           "(scripts/pegplan setup installs it)")
    result = subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(blob), str(source)],
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise PegplanError(f"{source} is no device tree: {result.stderr.strip()}")
