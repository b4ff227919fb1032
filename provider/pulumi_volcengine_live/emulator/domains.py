"""The answers about domains and recording presets, in the documented forms."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from .items import Domain, Recording

_FILTERS = {
    "VhostList": "Vhost",
    "DomainNameList": "Domain",
    "DomainTypeList": "Type",
    "DomainStatusList": "Status",
    "DomainRegionList": "Region",
}
_ONLY_LISTED = ("ProjectName", "Tags")
_PARAMETERS = {"hls": "HlsParam", "flv": "FlvParam", "mp4": "Mp4Param"}


def of_vhosts(added: Iterable[Domain], vhosts: Iterable[str], pulled: Iterable[tuple[str, str]]) -> list[Domain]:
    """The added domains, and for each vhost without an added push domain, a push domain of the vhost's name.

    Only if no domain was added at all, also the presets' pull domains: `pulled` has pairs of vhost and domain.
    """
    known = list(added)
    pushed = {domain.Vhost for domain in known if domain.Type == "push"}
    pushes = [Domain(vhost, vhost, "push") for vhost in sorted({*vhosts} - pushed)]
    pulls = [] if known else [Domain(name, vhost) for vhost, name in sorted({*pulled})]
    return known + pushes + pulls


def page(domains: Iterable[Domain], body: Mapping[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """How many domains the filters leave, and those of the page asked for, as ListDomainDetail shows them."""
    known = sorted(domains, key=lambda domain: domain.Domain)
    shown = [domain for domain in known if all(_fits(domain, body, each) for each in _FILTERS)]
    first = (body["PageNum"] - 1) * body["PageSize"]
    return len(shown), [_listed(domain, known) for domain in shown[first : first + body["PageSize"]]]


def as_described(domains: Iterable[Domain], names: Iterable[str]) -> list[dict[str, Any]]:
    """The domains of these names, as DescribeDomain shows them."""
    known = {domain.Domain: domain for domain in domains}
    found = [_listed(known[name], known.values()) for name in names if name in known]
    return [{name: value for name, value in each.items() if name not in _ONLY_LISTED} for each in found]


def recording_as_listed(recording: Recording) -> dict[str, Any]:
    """A recording preset as ListVhostRecordPresetV2 shows it; only its own format and storage are enabled."""
    formats = {name: {"Enable": name == _PARAMETERS[recording.Format]} for name in _PARAMETERS.values()}
    tos = {"Enable": recording.Type == "tos", "Bucket": recording.Bucket, "StorageDir": "", "ExactObject": ""}
    vod = {"Enable": recording.Type == "vod", "VodNamespace": recording.VodNamespace, "WorkflowID": ""}
    stored = {"Duration": 3600, "Splice": 0, "TOSParam": tos, "VODParam": vod}
    formats[_PARAMETERS[recording.Format]].update(stored)  # type: ignore[arg-type]
    config = {"OriginRecord": 1, "TranscodeRecord": 0, "TranscodeSuffixList": [], "SliceDuration": 5, **formats}
    return {
        "Vhost": recording.Vhost,
        "App": recording.App,
        "Stream": recording.Stream,
        "SlicePresetV2": {"ID": recording.ID, "Name": recording.Name, "RecordPresetConfig": config},
    }


def _fits(domain: Domain, body: Mapping[str, Any], name: str) -> bool:
    """An empty list asks for all, as an absent one does."""
    return not body.get(name) or getattr(domain, _FILTERS[name]) in body[name]


def _listed(domain: Domain, known: Iterable[Domain]) -> dict[str, Any]:
    pushes = [each.Domain for each in known if each.Vhost == domain.Vhost and each.Type == "push"]
    filled = {
        "PushDomain": domain.PushDomain or next(iter(pushes), ""),
        "CNAME": domain.CNAME or f"{domain.Domain}.bytefcdn.com",
    }
    return {**dataclasses.asdict(domain), **filled, "HTTP2": False, "Tags": []}
