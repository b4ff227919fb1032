"""The domains belong to another stack, often another team's: it exports them, this one refers to it."""

import pulumi

import pulumi_volcengine_live as live

domains = pulumi.StackReference(pulumi.Config().require("domains"))

replay = live.TimeShiftPreset(
    "replay",
    vhost=domains.require_output("pushDomain"),
    app="concerts",
    max_shift_time=live.MaxShiftTime.DAYS_7,
    pull_domain=domains.require_output("pullDomain"),
    time_shift_type=live.TimeShiftType.INDEPENDENT,
)

pulumi.export("preset", replay.id)
