"""The calls, their fields, and the values that are documented."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

VERSION = "2023-01-01"
CREATE = "CreateTimeShiftPresetV3"
UPDATE = "UpdateTimeShiftPresetV3"
DELETE = "DeleteTimeShiftPresetV3"
LIST = "ListTimeShiftPresetV2"
LIST_DOMAINS = "ListDomainDetail"
DESCRIBE_DOMAINS = "DescribeDomain"
LIST_RECORDINGS = "ListVhostRecordPresetV2"

RECORDING, INDEPENDENT = 0, 1
"""The values of TimeShiftType."""
_SHIFT_TIMES = (86400, 259200, 604800, 1296000)
STREAMS_PER_APP = 20


class ApiError(Exception):
    """An answer of the service that refuses a call."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


FieldType = type[int | str] | tuple[type[int | str]]
"""The type of a field's value; in a tuple: of each value of a list."""

_IDENTITY: dict[str, FieldType] = {"Vhost": str, "App": str, "Stream": str}
FIELDS: dict[str, dict[str, FieldType]] = {
    CREATE: {
        **_IDENTITY,
        "MaxShiftTime": int,
        "PullDomain": str,
        "TimeShiftType": int,
        "NeedTranscode": int,
        "MasterFormat": str,
    },
    UPDATE: {**_IDENTITY, "MaxShiftTime": int},
    DELETE: _IDENTITY,
    LIST: {"Vhost": str, "Type": str},
    LIST_DOMAINS: {
        "PageNum": int,
        "PageSize": int,
        "VhostList": (str,),
        "DomainNameList": (str,),
        "DomainTypeList": (str,),
        "DomainStatusList": (int,),
        "DomainRegionList": (str,),
    },
    DESCRIBE_DOMAINS: {"DomainList": (str,)},
    LIST_RECORDINGS: {"Vhost": str, "Type": str},
}
_REQUIRED = {
    CREATE: ("Vhost", "App", "MaxShiftTime", "PullDomain"),
    UPDATE: ("Vhost", "App", "MaxShiftTime"),
    DELETE: ("Vhost", "App"),
    LIST: (),
    LIST_DOMAINS: ("PageNum", "PageSize"),
    DESCRIBE_DOMAINS: ("DomainList",),
    LIST_RECORDINGS: ("Vhost",),
}

_PAGES = range(1, 1001)
_VALUES: dict[str, Callable[[Any], object]] = {
    "App": re.compile(r"[A-Za-z0-9_.-]{1,30}").fullmatch,
    "Stream": re.compile(r"[A-Za-z0-9_.-]{1,100}").fullmatch,
    "MaxShiftTime": lambda value: value in _SHIFT_TIMES,
    "TimeShiftType": lambda value: value in (RECORDING, INDEPENDENT),
    "Type": lambda value: value in ("tos", "vod"),
    "PageNum": lambda value: value in _PAGES,
    "PageSize": lambda value: value in _PAGES,
    "DomainTypeList": {"push", "pull-flv"}.issuperset,
    "DomainStatusList": {0, 1, 2, 3, 4, 5, 6}.issuperset,
    "DomainRegionList": {"cn", "cn-global", "cn-oversea"}.issuperset,
}


def check_version(method: str, version: str) -> None:
    """Refuse a request that is not a POST of this version."""
    if method != "POST" or version != VERSION:
        raise ApiError(404, "InvalidActionOrVersion", f"there is only POST with Version {VERSION}")


def check(action: str, body: Any) -> None:
    """Refuse a body that breaks a documented rule."""
    if not isinstance(body, dict):
        raise ApiError(400, "InvalidParam.BindError", "the body is not a JSON object")
    for name, value in body.items():
        kind = FIELDS[action].get(name)
        if kind is None or not _is_of(kind, value):
            raise ApiError(400, "InvalidParam.BindError", f"{name} is unknown or of a wrong type")
    for name in _REQUIRED[action]:
        if body.get(name) in (None, "", []):
            raise ApiError(400, "InvalidParam", f"{name} is missing")
    for name, allowed in _VALUES.items():
        # an empty text counts as absent
        if name in body and body[name] != "" and not allowed(body[name]):
            raise ApiError(400, "InvalidParam", f"{name} has a value that is not allowed")


def _is_of(kind: FieldType, value: Any) -> bool:
    if isinstance(kind, tuple):
        return type(value) is list and all(type(each) is kind[0] for each in value)
    return type(value) is kind
