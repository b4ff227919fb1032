"""What a team shares: a channel as one resource."""

from collections.abc import Mapping

import pulumi

import pulumi_volcengine_live as live


class Channel(pulumi.ComponentResource):
    """A channel with an app for each of its tiers, so that a tier can be added or removed without the others.

    Presets that share an app stand in each other's way when one is deleted; these never do.
    """

    push_urls: pulumi.Output[Mapping[str, str]]
    """Where to push, for each tier; a stream's name comes after it."""

    def __init__(
        self,
        name: str,
        *,
        vhost: pulumi.Input[str],
        pull_domain: pulumi.Input[str],
        tiers: Mapping[str, live.MaxShiftTime],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the channel; `tiers` says how far back the viewers of each can rewind, by the name of the app."""
        super().__init__("examples:live:Channel", name, None, opts)
        self.presets = {
            app: live.TimeShiftPreset(
                f"{name}-{app}",
                vhost=vhost,
                app=app,
                max_shift_time=max_shift_time,
                pull_domain=pull_domain,
                time_shift_type=live.TimeShiftType.INDEPENDENT,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for app, max_shift_time in tiers.items()
        }
        urls = {app: pulumi.Output.concat("rtmp://", preset.id) for app, preset in self.presets.items()}
        self.push_urls = pulumi.Output.all(**urls)
        self.register_outputs({"push_urls": self.push_urls})
