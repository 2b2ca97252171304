"""``python -m helmlite``, and the console script."""

from __future__ import annotations

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    # A command makes many objects and keeps most of them until it ends: looking for garbage seldom is a tenth faster.
    gc.set_threshold(50_000, 20, 20)
    from helmlite.cli.main import leave
    from helmlite.cli.main import main as run

    leave(run())


if __name__ == "__main__":
    main()
