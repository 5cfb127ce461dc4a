"""`pegplan setup`."""

from __future__ import annotations

import argparse

from .. import provision
from .common import Verbs, add_verb


def add(verbs: Verbs) -> None:
    """Adds it."""
    parser = add_verb(verbs, "setup", _setup, "install what is missing on this machine", """
Finds out which compilers, emulators, tools and Python modules are missing. On Debian and Ubuntu it installs them by apt
(with sudo when you are not root), after it has told you what and asked. Elsewhere it tells what is missing.""")
    parser.add_argument("--yes", action="store_true", help="do not ask; neither does it with CI=true or without a terminal")


def _setup(options: argparse.Namespace) -> int:
    return provision.setup(options.yes)
