"""Each statement is a mistake that a type checker must find."""

import pulumi

import pulumi_volcengine_live as live

live.TimeShiftPreset("no-inputs")
live.TimeShiftPreset("no-domain", vhost="v", app="a", max_shift_time=86400)
live.TimeShiftPreset("text", vhost="v", app="a", max_shift_time="86400", pull_domain="p")
live.TimeShiftPreset("unknown", vhost="v", app="a", max_shift_time=86400, pull_domain="p", streams="s")
live.TimeShiftPresetArgs(vhost="v")
shift: pulumi.Output[str] = live.TimeShiftPreset.get("x", "v/a").max_shift_time
live.get_time_shift_presets(vhost=pulumi.Output.from_input("v"))
live.get_time_shift_presets(stream="s")
live.get_time_shift_presets_output(provider="s")
live.get_domains(pulumi.Output.from_input("v"))
live.get_domains_output(app="a")
