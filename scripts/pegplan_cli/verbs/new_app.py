"""`pegplan new-app`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .common import Verbs, add_verb


def add(verbs: Verbs) -> None:
    """Adds it."""
    parser = add_verb(verbs, "new-app", _new_app, "begin an application of your own", """
Writes main.cpp, CMakeLists.txt, app.config and Kconfig into a folder. They build and run as they are, by `pegplan run DIR` and by
plain CMake. Files that are there already are never overwritten.""", epilog="""examples:
  pegplan new-app ~/blinker && pegplan run ~/blinker --board qemu-riscv64-virt""")
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to; its name becomes the application's")


def _new_app(options: argparse.Namespace) -> int:
    from ..new_app import run_new_app

    return run_new_app(options.folder)
