"""The halls of a concert house: viewers of each can rewind a week."""

import pulumi

import pulumi_volcengine_live as live


def declare(app: str) -> live.TimeShiftPreset:
    return live.TimeShiftPreset(
        app,
        vhost="push.example.com",
        app=app,
        max_shift_time=live.MaxShiftTime.DAYS_7,
        pull_domain="pull.example.com",
        time_shift_type=live.TimeShiftType.INDEPENDENT,
    )


def program() -> None:
    presets = [declare(app) for app in ("main-hall", "studio")]
    pulumi.export("enabled", [preset.enabled for preset in presets])
