"""Two accounts whose keys are in no state: each has environment variables of its own."""

import pulumi

import pulumi_volcengine_live as live

for account in ("news", "sports"):
    variables = {
        f"{account.upper()}_ACCESSKEY": "VOLC_ACCESSKEY",
        f"{account.upper()}_SECRETKEY": "VOLC_SECRETKEY",
    }
    provider = live.Provider(account, opts=pulumi.ResourceOptions(env_var_mappings=variables))
    replay = live.TimeShiftPreset(
        f"{account}-replay",
        vhost=f"push.{account}.example.com",
        app="live",
        max_shift_time=live.MaxShiftTime.DAYS_7,
        pull_domain=f"pull.{account}.example.com",
        time_shift_type=live.TimeShiftType.INDEPENDENT,
        opts=pulumi.ResourceOptions(provider=provider),
    )
    pulumi.export(account, replay.id)
