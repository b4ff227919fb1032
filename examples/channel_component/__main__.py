"""A channel that gives its members more time to rewind, made of the team's own component."""

import pulumi

import pulumi_volcengine_live as live
from channel import Channel

config = pulumi.Config()

festival = Channel(
    "festival",
    vhost=config.require("vhost"),
    pull_domain=config.require("pullDomain"),
    tiers={"concerts": live.MaxShiftTime.DAYS_1, "concerts-members": live.MaxShiftTime.DAYS_15},
)

pulumi.export("push_urls", festival.push_urls)
