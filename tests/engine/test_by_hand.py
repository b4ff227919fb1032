"""What the pages tell a user to type, typed: their shell blocks, run by a shell."""

from __future__ import annotations

import dataclasses
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import PIPE, STDOUT

from full_account import DOMAINS, EVERY_KIND, fill
from pages import Page
from pulumi_stack import ROOT, Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, Emulator

PORT = "8899"


def _blocks(name: str) -> list[str]:
    return [block.text for block in Page(ROOT / name).blocks if block.language == "sh"]


def _type(script: str, folder: Path, environment: Mapping[str, str]) -> str:
    """What it prints; the questions that `pulumi` asks are answered with yes."""
    answered = {**environment, "PULUMI_SKIP_CONFIRMATIONS": "true"}
    command = ["bash", "-euc", f"trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}"]
    run = subprocess.run(
        command, cwd=folder, env=answered, stdout=PIPE, stderr=STDOUT, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stdout
    return run.stdout


def _checkout(folder: Path, engine: Path, emulator: Emulator) -> Path:
    """A copy that is set up as `make setup` does, with the emulator of the test at the usual port's place."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / "tools").mkdir()
    by_hand = (ROOT / "tools" / "by-hand.sh").read_text(encoding="utf-8")
    (folder / "tools" / "by-hand.sh").write_text(by_hand.replace(f"http://127.0.0.1:{PORT}", emulator.url))
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / ".pulumi-cli").mkdir()
    (folder / ".pulumi-cli" / "bin").symlink_to(engine)
    return folder


def test_follow_the_page_of_the_examples(engine: Path, emulator: Emulator, tmp_path: Path) -> None:
    """The emulator is there already; the examples follow one another, each with the word more that it needs."""
    _, by_hand, several_accounts, adopting, every_vhost = _blocks("examples/README.md")
    go_to = "cd ../{}\npulumi stack init dev\n"
    script = [by_hand, go_to.format("several_accounts"), several_accounts, "pulumi up\npulumi destroy\n"]
    script += [go_to.format("adopting"), adopting, "pulumi up\n"]
    script += [go_to.format("every_vhost"), every_vhost, "pulumi up\n"]
    folder = _checkout(tmp_path / "checkout", engine, emulator)
    printed = _type("".join(script), folder, {"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    assert '"concerts"' in printed
    assert len(emulator.calls(CREATE)) == 3 + 2 + 1
    assert len(emulator.calls(DELETE)) == 3 + 2
    assert {"by-hand", "for-years"} < {preset.Name for preset in emulator.presets}


def test_compare_an_account_with_a_stack_whose_keys_are_in_its_configuration(
    new_stack: Callable[..., Stack], emulator: Emulator
) -> None:
    stack = new_stack(declare("replay"))
    keys = [stack.environment.pop(name) for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY")]
    settings = dict(zip(("accessKey", "secretKey"), keys, strict=True))
    stack.run(
        "config",
        "set-all",
        *(word for name, key in settings.items() for word in ("--secret", f"volcengine:{name}={key}")),
    )
    stack.up()
    take_keys, compare, _, _ = _blocks("docs/command.md")
    (line,) = [
        line for line in _type(take_keys + compare, stack.folder, stack.environment).splitlines() if "/live" in line
    ]
    assert line.endswith("replay")


def test_take_over_what_an_account_has(new_stack: Callable[..., Stack], emulator: Emulator) -> None:
    """An account with six presets and four domains, and a new stack, whose program is what the command printed."""
    fill(emulator)
    emulator.put(*DOMAINS, *(dataclasses.replace(EVERY_KIND[0], App=app) for app in ("hall", "studio")))
    stack = new_stack("import presets")
    see, take_over, *_ = _blocks("docs/how-to.md")
    printed = _type("touch presets.py\npulumi up\n" + see + take_over, stack.folder, stack.environment)
    assert printed.count("push.example.org/news/s.1") >= 1
    assert "stopped for arrears" in printed
    assert stack.changing_calls() == []
    assert len(stack.resources()) == len(emulator.presets) == 6


def test_list_what_the_command_itself_serves(tmp_path: Path) -> None:
    """Without an account, and without waiting for the emulator to be up."""
    *_, alone = _blocks("docs/command.md")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    printed = _type(alone.replace(PORT, port), tmp_path, {"PATH": path, "HOME": str(tmp_path)})
    assert f"http://127.0.0.1:{port}" in printed
    assert "no time-shift presets" in printed
