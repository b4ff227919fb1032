"""A preset, and the base URL for a player: the player adds the stream, its authentication and how far it rewinds.

The form of the URL is the vendor's (doc 1548574); it was not tried here, and this program does not know whether
anything can be played there.
"""

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
pulumi.export("player_base_url", pulumi.Output.format("https://{0}/{1}/", replay.pull_domain, replay.app))
