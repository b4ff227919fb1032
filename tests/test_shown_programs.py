"""Every program that a page shows runs under Pulumi's mocks, and declares only what the provider accepts.

Those of docs/testing.md are tests themselves, which tests/engine/test_users_project.py runs; a translation shows the
programs of the English page, which test_translations.py compares.
"""

from __future__ import annotations

import json
import subprocess
import sys

from pages import PAGES
from pulumi_volcengine_live.engine.conversions import checked

PROGRAMS = {
    block.place: block.text
    for page in PAGES
    if "zh-CN" not in page.name and page.name != "docs/testing.md"
    for block in page.blocks
    if block.language == "python"
}
RUN = """
import json
import sys

import pulumi

PRESET = {"vhost": "push.example.com", "app": "concerts", "max_shift_time": 86400, "pull_domain": "pull.example.com"}
DOMAINS = [
    {"name": f"{type_}.example.com", "vhost": "push.example.com", "type": type_, "status": "normal", "usable": True}
    for type_ in ("push", "pull")
]
ANSWERS = {"getTimeShiftPresets": {"presets": [{**PRESET, "time_shift_type": 1}]}, "getDomains": {"domains": DOMAINS}}


class Mocks(pulumi.runtime.Mocks):
    def __init__(self):
        self.declared = []

    def new_resource(self, args):
        if args.typ.endswith(":TimeShiftPreset") and not args.resource_id:
            self.declared.append(args.inputs)
        return args.resource_id or args.name, {**PRESET, **args.inputs}

    def call(self, args):
        return ANSWERS[args.token.rpartition(":")[2]]


declared = {}
keys = [f"project:{account}{key}Key" for account in ("news", "second") for key in ("Access", "Secret")]
for place, text in json.load(sys.stdin).items():
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks)
    pulumi.runtime.set_all_config(dict.fromkeys(keys, "canary"))
    program = compile(text, place, "exec")
    pulumi.runtime.test(lambda: exec(program, {"__name__": "__main__"}))()
    declared[place] = mocks.declared
print(json.dumps(declared))
"""


def test_run_and_declare_what_is_accepted() -> None:
    command = [sys.executable, "-c", RUN]
    run = subprocess.run(command, input=json.dumps(PROGRAMS), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    declared = json.loads(run.stdout.splitlines()[-1])
    assert len(declared) > 10
    refused = {place: failures for place, each in declared.items() for one in each if (failures := checked(one)[1])}
    assert refused == {}
