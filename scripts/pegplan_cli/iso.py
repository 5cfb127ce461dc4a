"""A CD image with GRUB and one kernel image, as a PC boots it: for boards whose command names `{iso}`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .errors import PegplanError
from .packages import ISO_NEEDS

_CONFIGURATION = """set timeout=0
menuentry "Pegplan" {
    multiboot2 /boot/pegplan.elf
    boot
}
"""
_MODULES = "multiboot2 normal configfile boot iso9660 biosdisk"
_LIMIT_S = 120


def _grub_modules() -> Path:
    file = ISO_NEEDS[1].file
    assert file is not None
    return Path(file).parent


def iso_of(image: Path) -> Path:
    """The CD image beside an ELF file, with that file on it; made anew when the file is younger."""
    iso = image.with_suffix(".iso")
    if iso.exists() and iso.stat().st_mtime_ns > image.stat().st_mtime_ns:
        return iso
    missing = [need.packages[0] for need in ISO_NEEDS if not need.present()]
    if missing:
        raise PegplanError(f"the board boots from a CD image, which takes tools that are not installed: {', '.join(missing)} "
                           "(scripts/pegplan setup installs them)")
    with tempfile.TemporaryDirectory(prefix="pegplan-iso-") as folder:
        boot = Path(folder) / "boot"
        (boot / "grub").mkdir(parents=True)
        (boot / "grub" / "grub.cfg").write_text(_CONFIGURATION, encoding="utf-8")
        shutil.copyfile(image, boot / "pegplan.elf")
        partial = iso.with_name(f"{iso.name}.{os.getpid()}")
        command = ["grub-mkrescue", "-d", str(_grub_modules()), f"--install-modules={_MODULES}", "--fonts=", "--locales=", "--themes=",
                   "-o", str(partial), folder]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PegplanError(f"grub-mkrescue made no CD image of {image}: {error}") from error
        if result.returncode != 0 or not partial.exists():
            raise PegplanError(f"grub-mkrescue made no CD image of {image}:\n{result.stderr.strip()}")
        partial.replace(iso)
    return iso
