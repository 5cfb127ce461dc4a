"""The verbs of `scripts/pegplan`, one module for each or for some that belong together.

A module has `add`, which adds its parsers. Modules import at their top only what every machine has: what setup brings is imported in the
functions that need it, behind `common.need`.
"""

from __future__ import annotations

from . import bench, boards, build, debug, explain, front_ends, fuzz, info, new_app, randconfig, setup, size, test

MODULES = (setup, new_app, build, debug, front_ends, explain, boards, bench, fuzz, randconfig, size, info, test)
"""In the order in which --help lists them."""
