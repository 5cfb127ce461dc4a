"""Entry of `python3 scripts/pegplan_cli`."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from pegplan_cli.cli import main  # noqa: E402  (the path comes first)

if __name__ == "__main__":
    sys.exit(main())
