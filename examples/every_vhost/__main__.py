"""Viewers rewind a week on the app `live` of every vhost that has a pull domain in service."""

import pulumi

import pulumi_volcengine_live as live

# An app of a vhost has one preset, with one pull domain: of several, the last one in order of their names.
pull_domains = {domain.vhost: domain.name for domain in live.get_domains() if domain.type == "pull" and domain.usable}
presets = [
    live.TimeShiftPreset(
        vhost,
        vhost=vhost,
        app="live",
        max_shift_time=live.MaxShiftTime.DAYS_7,
        pull_domain=pull_domain,
        time_shift_type=live.TimeShiftType.INDEPENDENT,
    )
    for vhost, pull_domain in pull_domains.items()
]
pulumi.export("presets", [preset.id for preset in presets])
