"""Where things are in the tree, and the names that the parts share."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
"""The source tree."""
FIND_PYTHON = ROOT / "scripts" / "find-python"
LAUNCHER = ROOT / "scripts" / "pegplan"
BUILD = ROOT / "build"
EXAMPLES = ROOT / "examples"
DEFAULT_APP = EXAMPLES / "basic_threading"
DEFAULT_BOARD = "qemu-x86_64-q35"
DEFAULT_PROFILE = "default"

# In a build folder; scripts/cmake knows the same names.
IMAGE_NAME = "pegplan.elf"
GENERATED_NAME = "generated"
ERROR_NAME = "generator-error.txt"
