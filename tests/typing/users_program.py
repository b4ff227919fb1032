"""A user's program, as an editor and a type checker see it."""

import pulumi

import pulumi_volcengine_live as live

second = live.Provider("second", access_key="key", secret_key=pulumi.Output.secret("secret"), shared_delete="verify")
mapped = pulumi.ResourceOptions(
    env_var_mappings={"STAGING_ACCESS": "VOLC_ACCESSKEY", "STAGING_SECRET": "VOLC_SECRETKEY"}
)
staging = live.Provider("staging", opts=mapped)

by_keywords = live.TimeShiftPreset(
    "replay",
    vhost="push.example.com",
    app=pulumi.Output.from_input("concerts"),
    max_shift_time=live.MaxShiftTime.DAYS_7,
    pull_domain="pull.example.com",
    time_shift_type=1,
    adopt=True,
    opts=pulumi.ResourceOptions(provider=second),
)
args = live.TimeShiftPresetArgs(
    vhost=by_keywords.vhost, app="more", max_shift_time=86400, pull_domain=by_keywords.pull_domain, stream="s1"
)
by_args = live.TimeShiftPreset("more", args, pulumi.ResourceOptions(depends_on=[by_keywords]))
existing = live.TimeShiftPreset.get("existing", by_keywords.id)

vhost: pulumi.Output[str] = by_args.vhost
shift: pulumi.Output[int] = by_args.max_shift_time
stream: pulumi.Output[str | None] = existing.stream
enabled: pulumi.Output[bool | None] = existing.enabled

found: list[live.ExistingPreset] = live.get_time_shift_presets("push.example.com", app="concerts")
longest: int = max(preset.max_shift_time for preset in found)
streams: list[str | None] = [preset.stream for preset in found]
later: pulumi.Output[list[live.ExistingPreset]] = live.get_time_shift_presets_output(by_args.vhost, provider=second)
domains: list[live.Domain] = live.get_domains("push.example.com")
usable: list[str] = [domain.vhost for domain in domains if domain.type == "pull" and domain.usable]
theirs: pulumi.Output[list[live.Domain]] = live.get_domains_output(by_args.vhost, provider=second)
ids: pulumi.Output[list[str]] = later.apply(lambda presets: [preset.id for preset in presets])
