"""Reads the answers to ListDomainDetail. A domain that cannot be read is left out; the others are not affected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi_volcengine_live.api.lists import listed
from pulumi_volcengine_live.api.texts import is_clean, optional_text
from pulumi_volcengine_live.domain import Domain

LIST_DOMAINS: Final = "ListDomainDetail"
PAGE_SIZE: Final = 1000
"""The largest that the service allows."""
LAST_PAGE: Final = 1000
"""The largest page number that the service allows (doc 1126815)."""

_TYPES: Final = {
    "push": "push",
    "pull-flv": "pull",  # what the service calls every pull domain: RTMP, FLV and HLS
}
_NORMAL: Final = 0
_STATUSES: Final = {
    1: "in review",
    2: "disabled",
    3: "deleted",
    4: "rejected",
    5: "stopped for arrears",
    6: "blocked",
}
_CHECK_PASSED: Final = 0
_DOMAIN_CHECKS: Final = {
    _CHECK_PASSED: ("normal", True),
    1: ("being configured", True),
    2: ("unusable", False),
}
"""By DomainCheck, which counts if Status is normal."""
_UNKNOWN: Final = ("unknown", None)


@dataclass(frozen=True)
class DomainPage:
    """One page of the listing, and whether it is the last one."""

    domains: tuple[Domain, ...]
    is_last: bool


def read_page(result: Any, number: int) -> DomainPage:
    """Read the page of this number."""
    items = listed(result, "DomainList", LIST_DOMAINS, "domains")
    total = result.get("Total")
    seen_all = isinstance(total, int) and number * PAGE_SIZE >= total
    read = (_domain(item) for item in items if isinstance(item, dict))
    return DomainPage(
        tuple(domain for domain in read if domain),
        is_last=seen_all or len(items) < PAGE_SIZE or number >= LAST_PAGE,  # the service allows no later page
    )


def _domain(item: Mapping[str, Any]) -> Domain | None:
    name, vhost = _host(item.get("Domain")), _host(item.get("Vhost"))
    if name is None or vhost is None:
        return None
    type_ = optional_text(item.get("Type")) or "unknown"
    status, usable = _status(item)
    return Domain(
        name=name,
        vhost=vhost,
        push_domain=_host(item.get("PushDomain")),
        type=_TYPES.get(type_, type_),
        status=status,
        usable=usable,
        region=optional_text(item.get("Region")),
        cname=optional_text(item.get("CNAME")),
        certificate_domain=optional_text(item.get("CertDomain")),
        certificate_id=optional_text(item.get("ChainID")),
    )


def _status(item: Mapping[str, Any]) -> tuple[str, bool | None]:
    """Only if Status is normal, DomainCheck says more about the domain (doc 1126815)."""
    status, check = item.get("Status"), item.get("DomainCheck", _CHECK_PASSED)
    if not isinstance(status, int) or not isinstance(check, int):
        return _UNKNOWN
    if status == _NORMAL:
        return _DOMAIN_CHECKS.get(check, _UNKNOWN)
    return (_STATUSES[status], False) if status in _STATUSES else _UNKNOWN


def _host(value: Any) -> str | None:
    """A cleaned name would name another domain, so a name with control characters counts as none."""
    return value.lower() if isinstance(value, str) and value and is_clean(value) else None
