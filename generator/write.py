"""Putting outputs on the disk: only what changed is touched, and what is no longer emitted goes away."""
from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .emit.build_files import MANIFEST
from .emit.render import MARK, Output
from .errors import PegplanError
from .sources import shown_path

# The mark stands in a file's opening comment or in its first JSON key.
_MARK_WITHIN = 2048


@dataclass(frozen=True)
class WriteReport:
    """What a run did to the folder of generated files; paths are relative to it."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def write_outputs(folder: Path, outputs: Sequence[Output]) -> WriteReport:
    """Brings `folder` up to date with `outputs`, the manifest last, so that it never promises what is not there."""
    before = _listed(folder)
    written, unchanged = [], []
    for output in outputs:
        changed = write_if_changed(folder / output.path, output.text, known=output.path in before)
        (written if changed else unchanged).append(output.path)
    stale = sorted(before - {output.path for output in outputs})
    removed = [path for path in stale if _remove(folder, path)]
    return WriteReport(tuple(written), tuple(unchanged), tuple(removed))


def write_if_changed(path: Path, text: str, known: bool = False) -> bool:
    """Writes `text` unless the file says that already. A file that is not the generator's is left alone, by an error.

    `known` means that an earlier run listed the file as its own.
    """
    old = _contents(path)
    if old is not None and not known and not _marked(old):
        raise PegplanError(None, f"{shown_path(path)} is in the way: the generator did not write it",
                           remedy="move it away, or choose another --build-dir")
    return replace_if_changed(path, text)


def replace_if_changed(path: Path, text: str) -> bool:
    """Writes `text` unless the file says that already, whoever wrote it; tells whether it wrote."""
    data = text.encode("utf-8")
    if _contents(path) == data:
        return False
    _replace(path, data)
    return True


def _contents(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PegplanError(None, f"{shown_path(path)}: cannot read it: {error.strerror}") from None


def _replace(path: Path, data: bytes) -> None:
    """Writes beside the file, then renames: whoever reads sees the old or the new text, and nothing between."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise PegplanError(None, f"{shown_path(path)}: cannot write it: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _marked(data: bytes) -> bool:
    return MARK.encode() in data[:_MARK_WITHIN]


def _listed(folder: Path) -> set[str]:
    """The outputs of the last run, by its manifest. A manifest that cannot be read lists nothing."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        outputs = manifest["outputs"] if manifest.get("generator") == MARK else {}
    except (OSError, ValueError, KeyError, AttributeError):
        return set()
    return {path for path in outputs if isinstance(path, str) and _inside(folder, path)} if outputs else set()


def _inside(folder: Path, path: str) -> bool:
    return not os.path.isabs(path) and ".." not in Path(path).parts


def _remove(folder: Path, path: str) -> bool:
    """Removes an output of an earlier run, and the folders that it leaves empty; a file without the mark stays."""
    target = folder / path
    try:
        if target.is_symlink() or not _marked(target.read_bytes()):
            return False
        target.unlink()
        for parent in target.parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()
    except OSError:
        return False
    return True
