"""`pegplan menuconfig` and its kind."""

from __future__ import annotations

import argparse
from pathlib import Path

from .common import Verbs, add_build_options, add_verb, request


def add(verbs: Verbs) -> None:
    """Adds them."""
    for name, text in (
        ("menuconfig", "change the configuration in a menu in the terminal"),
        ("guiconfig", "change the configuration in a menu in a window"),
        ("olddefconfig", "bring the saved changes of a configuration up to date with the menu"),
        ("savedefconfig", "write a configuration as a fragment, without what is the default anyway"),
    ):
        front_end = add_verb(verbs, name, _kconfig, text, f"""
Works on the configuration of a build folder: {text}.
What you change in a menu is kept in the build folder (user.config), on top of profile and fragments and below --set; the
next build follows it. Options that you do not give are those of the folder's last build.""")
        front_end.set_defaults(front_end=name)
        add_build_options(front_end)
        front_end.add_argument("--app", dest="app", metavar="APP", help="the application (default: examples/basic_threading)")
        if name == "savedefconfig":
            front_end.add_argument("--out", type=Path, metavar="FILE",
                                   help="where to write (default: defconfig in the build folder)")


def _kconfig(options: argparse.Namespace) -> int:
    build = request(options, options.front_end)
    from ..kconfig import effective_request, given_fields, run_front_end

    effective = effective_request(build.request, build.directory, given_fields(options))
    return run_front_end(options.front_end, effective, build.directory, getattr(options, "out", None))
