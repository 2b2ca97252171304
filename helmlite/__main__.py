"""``python -m helmlite``, and the console script."""

from __future__ import annotations

import gc
import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    # A command makes many objects and keeps most of them until it ends: looking for garbage seldom is a tenth faster.
    gc.set_threshold(200_000, 20, 20)
    # Until there is somebody to catch it, Ctrl-C ends us without a traceback.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    if before is signal.SIG_IGN:  # as nohup and shells have it for what runs in the background
        signal.signal(signal.SIGINT, before)
    from helmlite.cli.main import leave
    from helmlite.cli.main import main as run

    signal.signal(signal.SIGINT, before)
    try:
        leave(run())
    except KeyboardInterrupt:
        leave(130)


if __name__ == "__main__":
    main()
