"""List the account's domains.

`vhost` is what a preset's vhost must be for streams that are pushed to or pulled from the domain. A domain can be used
if its status is `normal` or `being configured`. The keys must be allowed to call ListDomainDetail.

With --json: {"domains": [{"name": ..., "vhost": ..., "type": ..., "status": ..., "usable": ..., ...}]}.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys

from pulumi_volcengine_live.domain import Domain
from pulumi_volcengine_live.lookups import look_up_domains

from . import account
from .table import print_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --vhost and --json."""
    account.add_vhost(parser, "only domains of this vhost")
    account.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the domains."""
    listed = look_up_domains(account.client(), options.vhost)
    if options.json:
        print(json.dumps({"domains": [dataclasses.asdict(domain) for domain in listed]}, indent=2))
    elif listed:
        print_table(["DOMAIN", "TYPE", "VHOST", "STATUS"], *map(_cells, listed))
    else:
        print(f"The service lists no domains{f' of vhost {options.vhost}' if options.vhost else ''}.", file=sys.stderr)
    return 0


def _cells(domain: Domain) -> list[str]:
    return [domain.name, domain.type, domain.vhost, domain.status]
