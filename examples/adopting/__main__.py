"""Presets made by hand, taken over as they are. After the first `pulumi up`, `adopt=True` can go."""

import pulumi

import pulumi_volcengine_live as live

concerts = live.TimeShiftPreset(
    "concerts",
    vhost="push.example.com",
    app="concerts",
    max_shift_time=live.MaxShiftTime.DAYS_7,
    pull_domain="pull.example.com",
    time_shift_type=live.TimeShiftType.INDEPENDENT,
    adopt=True,
)
news_evening = live.TimeShiftPreset(
    "news-evening",
    vhost="push.example.com",
    app="news",
    stream="evening",
    max_shift_time=live.MaxShiftTime.DAYS_1,
    pull_domain="vod.example.com",
    time_shift_type=live.TimeShiftType.RECORDING,
    adopt=True,
)

pulumi.export("names", [concerts.preset_name, news_evening.preset_name])
