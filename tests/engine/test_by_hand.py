"""What docs/command.md tells a user to type, typed."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from pages import script, type_in

PORT = "8899"


def test_list_what_the_command_itself_serves(tmp_path: Path) -> None:
    """Without an account, and without waiting for the emulator to be up."""
    alone = script("docs/command.md", "volcengine-live emulator --port 8899")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    printed = type_in(alone.replace(PORT, port), tmp_path, {"PATH": path, "HOME": str(tmp_path)})
    assert f"http://127.0.0.1:{port}" in printed
    assert "no time-shift presets" in printed
