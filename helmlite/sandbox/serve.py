"""The process of a sandbox that runs in the background: ``python -m helmlite.sandbox.serve DIR FD PACE``.

FD is the number of a socket that listens already; SIGTERM ends it. What it has to say goes to standard error.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from helmlite.sandbox.sandbox import Sandbox

SIGNALS = {signal.SIGTERM, signal.SIGINT}


def main(words: Sequence[str]) -> int:
    """Serve until a signal comes; return the exit code, 1 when the server has ended by itself."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # blocked in every thread that comes, so that it is this one that meets them
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    folder, listener, pace = Path(words[0]), socket.socket(fileno=int(words[1])), float(words[2])
    sandbox = Sandbox(folder, pace=pace).start(listener, is_inside=False)
    logging.info("serving %s as process %d", sandbox.url, os.getpid())
    ended: list[str] = []

    def watch() -> None:
        try:
            sandbox.wait()
        finally:
            ended.append("by itself")
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    signal.sigwait(SIGNALS)
    by_itself = bool(ended)
    sandbox.stop()
    logging.info("ended")
    return 1 if by_itself else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
