"""Viewers rewind a week on every pull domain in service: on the app that the configuration names, or else on `live`."""

import pulumi

import pulumi_volcengine_live as live

apps: dict[str, str] = pulumi.Config().get_object("apps") or {}

# An app of a vhost has one preset, with one pull domain: two pull domains of one vhost need an app each.
pull_domains: dict[tuple[str, str], str] = {}
for domain in live.get_domains():
    if domain.type == "pull" and domain.usable:
        app = apps.get(domain.name, "live")
        other = pull_domains.setdefault((domain.vhost, app), domain.name)
        if other != domain.name:
            message = (
                f"{other} and {domain.name} would share the preset of {domain.vhost}/{app}. Give one another app:"
                f" pulumi config set --path 'apps[\"{domain.name}\"]' APP"
            )
            raise pulumi.RunError(message)

presets = [
    live.TimeShiftPreset(
        pull_domain,
        vhost=vhost,
        app=app,
        max_shift_time=live.MaxShiftTime.DAYS_7,
        pull_domain=pull_domain,
        time_shift_type=live.TimeShiftType.INDEPENDENT,
    )
    for (vhost, app), pull_domain in pull_domains.items()
]
pulumi.export("presets", [preset.id for preset in presets])
