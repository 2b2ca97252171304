"""The process of a sandbox that runs in the background: ``python -m helmlite.sandbox.serve DIR FD PACE``.

FD is the number of a socket that listens already; SIGTERM ends it, and so does the end of its folder. What it
has to say goes to standard error.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from helmlite.errors import SandboxError
from helmlite.sandbox.sandbox import Sandbox

SIGNALS = {signal.SIGTERM, signal.SIGINT}
LOOK_SECONDS = 2
"""How often the folder is looked for: who removes it would not find the process any longer, to end it."""


def main(words: Sequence[str]) -> int:
    """Serve until a signal comes; return the exit code, 1 when the server has ended by itself; raises SystemExit."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # blocked in every thread that comes, so that it is this one that meets them
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    folder, listener, pace = Path(words[0]), socket.socket(fileno=int(words[1])), float(words[2])
    try:
        sandbox = Sandbox(folder, pace=pace).start(listener, is_inside=False)
    except SandboxError as error:
        if error.__cause__:
            logging.error("why it does not start", exc_info=error.__cause__)
        # whoever starts us shows the last line
        raise SystemExit(f"{error}; {error.hint}" if error.hint else str(error)) from None
    logging.info("serving %s as process %d", sandbox.url, os.getpid())
    ended: list[str] = []

    def watch() -> None:
        try:
            sandbox.wait()
        finally:
            ended.append("by itself")
            os.kill(os.getpid(), signal.SIGTERM)

    def end_with_folder() -> None:
        while folder.exists():
            time.sleep(LOOK_SECONDS)
        logging.info("%s is gone", folder)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    threading.Thread(target=end_with_folder, daemon=True).start()
    signal.sigwait(SIGNALS)
    by_itself = bool(ended)
    sandbox.stop()
    logging.info("ended")
    return 1 if by_itself else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
