"""Look-ups in programs: in previews and updates, of several accounts, and where they fail."""

from __future__ import annotations

import json
from collections.abc import Callable

from full_account import DOMAINS, EVERY_KIND, IDS, fill
from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, Emulator

NewStack = Callable[[str], Stack]
SECOND = 'live.Provider("second", access_key="key-canary", secret_key="secret-canary")'


def _move_settings_to_the_configuration(stack: Stack) -> None:
    names = {
        "VOLC_ACCESSKEY": "volcengine:accessKey",
        "VOLC_SECRETKEY": "volcengine:secretKey",
        "VOLC_LIVE_ENDPOINT": "volcengine-live:endpoint",
    }
    stack.configure({name: stack.environment.pop(variable) for variable, name in names.items()})


def test_answer_in_previews_and_updates(new_stack: NewStack, emulator: Emulator) -> None:
    """What hangs on a value that is not known yet is not known; after the update it shows what the update made."""
    fill(emulator, EVERY_KIND[:2])
    emulator.add_account("second", "key-canary", "secret-canary")
    emulator.backend.vhosts["push.example.org"] = "second"
    fill(emulator, EVERY_KIND[3:], "second")
    emulator.put(DOMAINS[0])
    stack = new_stack(
        declare("made", app="made")
        + "def ids(presets):\n    return [preset.id for preset in presets]\n"
        + "found = live.get_time_shift_presets(app='concerts')\n"
        + "pulumi.export('plain', found)\n"
        + "pulumi.export('ids', live.get_time_shift_presets_output().apply(ids))\n"
        + "app = made.preset_name.apply(lambda _: 'made')\n"
        + "pulumi.export('made', live.get_time_shift_presets_output(made.vhost, app).apply(ids))\n"
        + "pulumi.export('domains', live.get_domains())\n"
        + "domains = live.get_domains_output(made.vhost)\n"
        + "pulumi.export('names', domains.apply(lambda found: [domain.name for domain in found]))\n"
        + f"second = {SECOND}\n"
        + "pulumi.export('theirs', live.get_domains_output(provider=second))\n"
        + "pulumi.export('second', live.get_time_shift_presets_output(provider=second))\n"
    )
    _move_settings_to_the_configuration(stack)
    shown = stack.preview_and_up()
    preview, _, _ = shown.output.partition("Updating (")
    assert "made" in next(line for line in preview.splitlines() if "[unknown]" in line)
    assert IDS[1] in preview
    assert len(emulator.calls(CREATE)) == 1
    outputs = stack.outputs()
    assert [preset["id"] for preset in outputs["plain"]] == list(IDS[:2])
    assert outputs["plain"][1]["stream"] == "main-stage"
    assert outputs["plain"][1]["max_shift_time"] == 86400
    assert set(IDS[:2]) <= set(outputs["ids"])
    assert outputs["made"] == ["push.example.com/made"]
    assert [preset["id"] for preset in outputs["second"]] == [IDS[3]]
    assert [domain["type"] for domain in outputs["domains"]] == ["pull", "push"]
    assert outputs["names"] == ["pull.example.com", "push.example.com"]
    assert [domain["name"] for domain in outputs["theirs"]] == ["push.example.org"]
    assert "canary" not in json.dumps(stack.state())


def test_end_the_program_with_one_message(new_stack: NewStack) -> None:
    """A look-up of outputs; test_review_summary.py has a plain one, tests/service/test_look_ups.py other refusals."""
    refused = new_stack(f"live.get_time_shift_presets_output(provider={SECOND})").preview(check=False)
    assert refused.code != 0
    refused.line("error: looking up ", "InvalidCredential")
    assert "Traceback" not in refused.output
    assert refused.output.count("looking up") == 1
