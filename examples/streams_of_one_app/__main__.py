"""Viewers rewind three days on every stream of an app, and fifteen on the streams that the configuration names."""

import pulumi

import pulumi_volcengine_live as live

config = pulumi.Config()


def preset(name: str, max_shift_time: live.MaxShiftTime, stream: str | None = None) -> live.TimeShiftPreset:
    """A preset of the app, or of one stream of it."""
    return live.TimeShiftPreset(
        name,
        vhost=config.require("vhost"),
        app="concerts",
        stream=stream,
        max_shift_time=max_shift_time,
        pull_domain=config.require("pullDomain"),
        time_shift_type=live.TimeShiftType.INDEPENDENT,
    )


longer: list[str] = config.require_object("longerStreams")
presets = [
    preset("concerts", live.MaxShiftTime.DAYS_3),
    *[preset(f"concerts-{stream}", live.MaxShiftTime.DAYS_15, stream) for stream in longer],
]
pulumi.export("presets", [preset.id for preset in presets])
