"""What the global flags make: the configuration of the actions, and where output goes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING

from helmlite.cli.progress import Progress
from helmlite.errors import UsageError, ValuesError
from helmlite.kube.config import ClusterConfig

if TYPE_CHECKING:
    from helmlite.action.configuration import Configuration

MAX_INPUT_BYTES = 16 << 20


@dataclass(kw_only=True)
class Session:
    """One run of the command line."""

    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    repository_config: str = ""
    repository_cache: str = ""
    debug: bool = False
    color: str = "auto"
    is_stdin_taken: bool = False
    _configuration: Configuration | None = field(default=None, repr=False)

    @property
    def configuration(self) -> Configuration:
        """Return the actions' configuration, made at first use (it imports what they need)."""
        if self._configuration is None:
            from helmlite.action.configuration import Configuration, user_cache_folder

            self._configuration = Configuration(
                cluster_config=self.cluster,
                emit=Progress(sys.stderr, color=self.colors(sys.stderr), debug=self.debug),
                cache_folder=user_cache_folder(),
                repository_config=self.repository_config,
                repository_cache=self.repository_cache,
            )
        return self._configuration

    def clear_progress(self) -> None:
        """Take a moving progress line away before the result is printed."""
        if self._configuration is not None and isinstance(self._configuration.emit, Progress):
            self._configuration.emit.clear()

    def claim_stdin(self) -> None:
        """Take standard input for one purpose; raises UsageError where another has it: it is there once."""
        if self.is_stdin_taken:
            raise UsageError("standard input is asked for twice", hint="give one of the two from a file")
        self.is_stdin_taken = True

    def read_stdin(self) -> str:
        """Return standard input as text, for ``-f -``; raises ValuesError for what is no UTF-8, UsageError if read."""
        self.claim_stdin()
        if sys.stdin is None:
            raise ValuesError("standard input is closed")
        data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
        if len(data) > MAX_INPUT_BYTES:
            raise ValuesError(f"standard input is larger than {MAX_INPUT_BYTES >> 20} MiB")
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValuesError(f"standard input is no UTF-8 text (byte {error.start})") from error

    def colors(self, stream: object) -> bool:
        """Return whether to colour what goes to ``stream``: as --color says, else on a terminal without NO_COLOR."""
        if self.color in ("always", "never"):
            return self.color == "always"
        return bool(getattr(stream, "isatty", lambda: False)()) and not os.environ.get("NO_COLOR")

    def catch_interrupts(self) -> None:
        """Make the first Ctrl-C (or SIGTERM) ask the action to stop, and the second end the process at once."""
        if threading.current_thread() is not threading.main_thread():
            return
        stop = self.configuration.stop

        def ask(number: int, _frame: FrameType | None) -> None:
            if stop.is_set():
                os._exit(130)
            stop.set()
            again = b"press Ctrl-C" if number == signal.SIGINT else b"send the signal"
            os.write(2, b"\nStopping after what is in flight; " + again + b" again to leave at once.\n")

        signal.signal(signal.SIGINT, ask)
        signal.signal(signal.SIGTERM, ask)
