"""What the command line asks for."""
from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import PegplanError
from .sources import Places, real, shown_path

DEFAULT_PROFILE = "default"
TREE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Request:
    """A board, a build folder, and the sources of options."""

    board: str
    places: Places
    profile: str = DEFAULT_PROFILE
    configs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


def make_places(
    build_dir: str | os.PathLike[str],
    board_roots: Sequence[str | os.PathLike[str]] = (),
    app: str | os.PathLike[str] | None = None,
    tree: str | os.PathLike[str] = TREE,
    app_kconfig: str | os.PathLike[str] | None = None,
) -> Places:
    """The folders of a run, as absolute paths. Raises an error for an application folder or Kconfig file that is not there."""
    app_dir = real(app) if app else None
    if app_dir and not app_dir.is_dir():
        raise PegplanError(None, f"there is no application folder {shown_path(app_dir)}",
                           remedy="--app names the folder that holds main.cpp")
    own_kconfig = real(app_kconfig) if app_kconfig else None
    if own_kconfig and not own_kconfig.is_file():
        raise PegplanError(None, f"there is no Kconfig file {shown_path(own_kconfig)} of the application",
                           remedy="--app-kconfig (PEGPLAN_APP_KCONFIG) names a file with its own options")
    return Places(real(tree), real(build_dir), tuple(map(real, board_roots)), app_dir, own_kconfig)


def make_request(
    board: str,
    build_dir: str | os.PathLike[str],
    *,
    board_roots: Sequence[str | os.PathLike[str]] = (),
    profile: str = DEFAULT_PROFILE,
    configs: Sequence[str] = (),
    settings: Sequence[str] = (),
    app: str | os.PathLike[str] | None = None,
    tree: str | os.PathLike[str] = TREE,
    app_kconfig: str | os.PathLike[str] | None = None,
) -> Request:
    """A request in the words of the command line."""
    places = make_places(build_dir, board_roots, app, tree, app_kconfig)
    return Request(board, places, profile, tuple(map(str, configs)), tuple(settings))
