"""Two accounts in one program: what a component makes goes to the account whose provider it is given."""

import pulumi

import pulumi_volcengine_live as live

config = pulumi.Config()


class Channel(pulumi.ComponentResource):
    """A channel that viewers can rewind; it knows nothing of accounts."""

    def __init__(self, name: str, vhost: str, pull_domain: str, opts: pulumi.ResourceOptions) -> None:
        """Make the channel in the account of the providers in `opts`."""
        super().__init__("examples:several-accounts:Channel", name, None, opts)
        self.replay = live.TimeShiftPreset(
            f"{name}-replay",
            vhost=vhost,
            app="live",
            max_shift_time=live.MaxShiftTime.DAYS_7,
            pull_domain=pull_domain,
            time_shift_type=live.TimeShiftType.INDEPENDENT,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"replay": self.replay.id})


for account in ("news", "sports"):
    provider = live.Provider(
        account,
        access_key=config.require_secret(f"{account}AccessKey"),
        secret_key=config.require_secret(f"{account}SecretKey"),
    )
    options = pulumi.ResourceOptions(providers=[provider])
    channel = Channel(account, f"push.{account}.example.com", f"pull.{account}.example.com", options)
    pulumi.export(account, channel.replay.id)
