"""Writes the beginning of an application: templates/app, with its name put in."""

from __future__ import annotations

import re
from pathlib import Path

from . import terminal
from .errors import PegplanError
from .project import ROOT

TEMPLATES = ROOT / "templates" / "app"
FILES = ("main.cpp", "CMakeLists.txt", "app.config", "Kconfig")
_DEFAULT_NAME = "app"


def run_new_app(folder: Path) -> int:
    """Makes the folder if need be and writes the files. Nothing that is there is touched: with one of them the command fails
    before it writes any."""
    folder = folder.resolve()
    if folder.is_relative_to(TEMPLATES):
        raise PegplanError(f"{folder} is where the template is; name another folder")
    in_the_way = [name for name in FILES if (folder / name).is_symlink() or (folder / name).exists()]
    if in_the_way:
        raise PegplanError(f"{folder} has {', '.join(in_the_way)} already, which would be overwritten; name another folder")
    texts = {name: _fill((TEMPLATES / name).read_text(encoding="utf-8"), folder.name) for name in FILES}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with open(folder / name, "x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise PegplanError(f"cannot write {error.filename}: {error.strerror}") from error
    shown = terminal.shown_path(folder)
    terminal.say(f"wrote {', '.join(FILES)} in {shown}; `pegplan run {shown}` builds and runs it")
    return 0


def _fill(text: str, folder_name: str) -> str:
    """A template's text for an application of a name."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", folder_name).strip("-") or _DEFAULT_NAME
    identifier = re.sub(r"\W", "_", name).lower()
    if not identifier[0].isalpha():
        identifier = f"{_DEFAULT_NAME}_{identifier.strip('_')}"
    values = {"NAME": name, "name": identifier, "SYMBOL": identifier.upper(), "ROOT": ROOT.as_posix()}
    return re.sub(r"@(\w+)@", lambda match: values[match[1]], text)
