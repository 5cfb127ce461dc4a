"""The `boot` fixture of tests/qemu, for applications of this folder and those of the other boards."""

from tests.qemu.conftest import boot, pytest_runtest_makereport

__all__ = ["boot", "pytest_runtest_makereport"]
