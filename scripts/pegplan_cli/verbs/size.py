"""`pegplan size`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import packages
from .common import Verbs, add_app, add_build_options, add_verb, count, need, request


def add(verbs: Verbs) -> None:
    """Adds it."""
    parser = add_verb(verbs, "size", _size, "show how large an image is, and whose the bytes are", """
Builds an image and prints its bytes of code, constants (rodata), variables (data, bss) and memory that is not zeroed at boot
(noinit), by subsystem, object or symbol, and what is left of the RAM for stacks; or what has changed since another build.
A header's code counts for the header's subsystem, whoever compiles it. What several sources of the kernel are in one
object with --unity is told apart by debug information, constants without a name excepted.""", epilog="""examples:
  pegplan size --board qemu-riscv64-virt --profile minimal
  pegplan size my-app --by symbol --top 20
  pegplan size my-app --set STACK_CANARIES=y --build-dir /tmp/with --compare build/qemu-x86_64-q35/basic_threading""")
    add_app(parser)
    add_build_options(parser)
    parser.add_argument("--by", choices=("subsystem", "object", "symbol"), action="append",
                        help="the table's rows; may be given several times (default: subsystem)")
    parser.add_argument("--compare", type=Path, metavar="BUILD", help="what has changed since this build: its folder, or its image")
    parser.add_argument("--top", type=count, metavar="N", help="only the N largest rows, or changes")
    parser.add_argument("--json", type=Path, metavar="F", help="also write everything to a file")


def _size(options: argparse.Namespace) -> int:
    need((*packages.GENERATOR_MODULES, packages.ELF_MODULE), "reading images")
    from ..sizes import find_image, run_size

    if options.compare is not None:
        find_image(options.compare)  # before the build, which takes longer
    build = request(options, "reading images")
    build.make()
    return run_size(build.image, options.by or ["subsystem"], options.compare, options.json, options.top)
