"""`pegplan info`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import packages
from .common import Verbs, add_verb, need


def add(verbs: Verbs) -> None:
    """Adds it."""
    parser = add_verb(verbs, "info", _info, "print what an image was made from", """
Prints the manifest that an image carries: board, options and who set them, hashes of all inputs, version and compiler. The
menu can leave it out (IMAGE_MANIFEST). It is in a section that is not loaded: it costs the board no memory.""", epilog="""examples:
  pegplan info build/qemu-x86_64-q35/basic_threading
  pegplan info pegplan.elf --json""")
    parser.add_argument("image", type=Path, metavar="IMAGE", help="an ELF file, or the folder of a build")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")


def _info(options: argparse.Namespace) -> int:
    need((packages.ELF_MODULE,), "reading images")
    from ..image_info import run_info

    return run_info(options.image, options.json)
