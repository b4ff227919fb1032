"""A domain of an account: where streams are pushed to or pulled from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOST_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
"""A regular expression of the part between two dots of a host name."""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain that the service lists (doc 1126815). Host names are in lower case."""

    name: str
    vhost: str
    """The domain space that it belongs to: the value for `vhost` of `TimeShiftPreset`."""
    push_domain: str | None = None
    """The push domain of the same vhost, as the service lists it."""
    type: str
    """`push` or `pull` (RTMP, FLV and HLS); another type as the service spells it; `unknown` if it lists none."""
    status: str
    """`normal`, `being configured` (it works meanwhile), `unusable`, `in review`, `disabled`, `deleted`, `rejected`,
    `stopped for arrears` or `blocked`; `unknown` if the service lists another number, or none."""
    usable: bool | None = None
    """Whether streams can use it now; None if `status` is unknown."""
    region: str | None = None
    """`cn` (Chinese mainland), `cn-global` (everywhere) or `cn-oversea` (everywhere but the mainland)."""
    cname: str | None = None
    """The name that the domain's DNS record (CNAME) must point to."""
    certificate_domain: str | None = None
    """The domain, usually a wildcard, that the bound HTTPS certificate is for; None if no certificate is bound."""
    certificate_id: str | None = None
    """The ID of the HTTPS certificate's chain; None if no certificate is bound."""
