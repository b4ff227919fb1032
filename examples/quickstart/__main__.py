"""One time-shift preset: viewers of every stream of the app can rewind seven days."""

import pulumi

import pulumi_volcengine_live as live

replay = live.TimeShiftPreset(
    "replay",
    vhost="push.example.com",
    app="concerts",
    max_shift_time=live.MaxShiftTime.DAYS_7,
    pull_domain="pull.example.com",
    time_shift_type=live.TimeShiftType.INDEPENDENT,
)

pulumi.export("preset", replay.id)
pulumi.export("enabled", replay.enabled)
