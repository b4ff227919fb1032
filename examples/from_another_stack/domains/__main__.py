"""The other stack: a real one would make the domains; here it names them."""

import pulumi

zone = pulumi.Config().require("zone")

pulumi.export("pushDomain", f"push.{zone}")
pulumi.export("pullDomain", f"pull.{zone}")
