"""aarch64 images that no firmware starts: entered at EL3, by all CPUs at once, they stay in the secure world."""

from __future__ import annotations

import pytest

from qemu.test_applications import expected

pytestmark = pytest.mark.boards("qemu-aarch64-virt", "qemu-aarch64-virt-gicv2")


def test_entered_at_el3(boot):
    """With either interrupt controller, whose interrupts are those of the secure world then."""
    result = boot("slices", arguments=["-machine", "secure=on", "-smp", "2"])
    assert (result.lines, result.code) == (expected("slices"), 0)
