"""Tells how much of Pegplan the interpreter that runs this file can run; see scripts/find-python.

Prints 3 when all Python modules are there, 2 when those of the generator are, 1 when the interpreter is new enough for
`pegplan setup`, else 0. Modules are looked up, not imported: that is many times faster.
"""

import importlib.util
import sys

OLDEST = (3, 10)
OLDEST_FOR_SETUP = (3, 9)
GENERATOR_MODULES = ("kconfiglib", "jinja2", "yaml", "jsonschema")
OTHER_MODULES = ("rich", "pytest", "xdist", "pytest_timeout", "hypothesis", "elftools", "libfdt")


def level():
    """The figure to print. Written so that any Python 3 can parse it."""
    if sys.version_info < OLDEST_FOR_SETUP:
        return 0
    if sys.version_info < OLDEST:
        return 1
    for answer, modules in ((1, GENERATOR_MODULES), (2, OTHER_MODULES)):
        if not all(importlib.util.find_spec(module) for module in modules):
            return answer
    return 3


if __name__ == "__main__":
    print(level())
