"""The official package and this one in one program: a pull domain's DNS record, and a preset on that domain."""

import pulumi
import pulumi_volcengine as volcengine

import pulumi_volcengine_live as live

config = pulumi.Config()
zone = config.require("zone")

record = volcengine.dns.Record(
    "pull", zid=config.require_int("zoneId"), host="pull", type="CNAME", value=config.require("cname")
)
replay = live.TimeShiftPreset(
    "replay",
    vhost=f"push.{zone}",
    app="concerts",
    max_shift_time=live.MaxShiftTime.DAYS_7,
    pull_domain=pulumi.Output.concat(record.host, ".", zone),
    time_shift_type=live.TimeShiftType.INDEPENDENT,
)

pulumi.export("preset", replay.id)
