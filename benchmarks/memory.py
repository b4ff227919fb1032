"""How much memory plugin processes need."""

from __future__ import annotations

import threading
from pathlib import Path


class PluginMemory:
    """The highest peak of a service's plugin processes while the block runs, from /proc (0 where there is none)."""

    def __init__(self, url: str) -> None:
        """Plugin processes are told by the service's URL in their environment."""
        self._url = url.encode()

    def __enter__(self) -> PluginMemory:  # noqa: PYI034 - Self is newer than Python 3.10
        """Begin to watch."""
        self.peak_mib = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    if (
                        b"pulumi.dynamic" in (process / "cmdline").read_bytes()
                        and self._url in (process / "environ").read_bytes()
                    ):
                        status = (process / "status").read_text()
                        self.peak_mib = max(self.peak_mib, int(status.split("VmHWM:")[1].split()[0]) / 1024)
                except (OSError, IndexError):
                    continue
