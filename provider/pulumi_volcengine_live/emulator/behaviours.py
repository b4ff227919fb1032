"""Each behaviour of the emulator with its source, or `guess`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """Something the emulator does, and why."""

    what: str
    source: str


BEHAVIOURS = (
    Behaviour(
        "seven calls, POST, JSON, Version 2023-01-01, their fields and required fields",
        "docs 1126880-1126883, 1126814, 1126815, 1126858; Python SDK",
    ),
    Behaviour("App, Stream and MaxShiftTime values; 20 streams of one App", "doc 1126880"),
    Behaviour("an app can have an app-level and stream-level presets at once", "doc 1126880"),
    Behaviour("Create answers PresetName", "vendor's Go SDK models"),
    Behaviour("List: Type tos answers tos and fcdn-tos, Type vod answers vod; no paging", "doc 1126883"),
    Behaviour("List without Type answers vod", "doc 1126883: the default type"),
    Behaviour(
        "time-shift presets of type 0 (recording) stay Status 0, of type 1 (independent) are Status 1 at once",
        "doc 1126880",
    ),
    Behaviour(
        "recording without a recording preset is refused with InvalidParam", "the rule: doc 1126880; the code: guess"
    ),
    Behaviour("only MaxShiftTime is updated; an unknown preset is 403 RequestForbidden", "doc 1126881, error table"),
    Behaviour(
        "10 calls a second for each action and account, then 429 FlowLimitExceeded", "docs; sliding second: guess"
    ),
    Behaviour(
        "a call for a vhost that nobody has is 403 RequestForbidden; for another account's vhost, 403 "
        "RequestForbidden.AccountIDNotAllow",
        "error table",
    ),
    Behaviour(
        "a listing for another account's vhost is refused as other calls are, or with RequestForbidden, or is empty",
        "guess: foreign_vhost",
    ),
    Behaviour("the default account owns every vhost that is not given to another account", "the emulator's own choice"),
    Behaviour("keys can be limited to projects, each vhost belongs to one", "doc 1166573"),
    Behaviour(
        "keys limited to projects: a listing without a vhost shows only their vhosts, shows nothing, or is refused "
        "with AccessDenied",
        "guess: limited_keys",
    ),
    Behaviour(
        "calls about vhosts of other projects, and actions that the keys may not call, are 403 AccessDenied",
        "doc 1126806: the code; when: guess",
    ),
    Behaviour("values that break a rule are 400 InvalidParam, wrong types InvalidParam.BindError", "error table"),
    Behaviour("fields that no SDK of the vendor knows are 400 InvalidParam.BindError", "guess"),
    Behaviour("Delete accepts Stream", "the international edition's Go SDK, 2024"),
    Behaviour("what a Delete removes", "guess: delete_removes"),
    Behaviour("a Delete that finds nothing is 403 RequestForbidden", "error table"),
    Behaviour(
        "a Create of an existing preset is refused with InvalidParam, or overwrites it", "guess: create_existing"
    ),
    Behaviour(
        "a vhost without an added recording preset has one for the whole vhost, stored in tos or vod, or has none",
        "the emulator's own choice; guess: recording",
    ),
    Behaviour(
        "a recording time shift follows the recording preset of its level only, or else one of a level above",
        "doc 1126880: the same level; that another one serves: guess: recording_level",
    ),
    Behaviour("a recording time shift is stored in the bucket or VOD space of its recording preset", "guess"),
    Behaviour(
        "a listing of one Type can be refused with RequestForbidden, and that of the other one answered", "guess"
    ),
    Behaviour("a listing shows changes at once, or later", "guess: listing_lag"),
    Behaviour("an empty list is [] or null", "guess: empty_list"),
    Behaviour("List answers an empty list for a vhost that has no presets", "guess"),
    Behaviour("List shows the Domain of each preset", "doc 1126883; that it always does: guess"),
    Behaviour("the 21st stream of an App is refused with InvalidParam", "the rule: doc 1126880; the code: guess"),
    Behaviour(
        "ListDomainDetail: PageNum and PageSize 1 to 1000, filters by vhost, name, type, status and region",
        "doc 1126815; the order by name and an empty page after the last: guess",
    ),
    Behaviour(
        "a vhost without an added push domain has one of its own name, listed if the call names the vhost, and "
        "without VhostList if the vhost has presets, domains or a named owner",
        "the emulator's own choice",
    ),
    Behaviour(
        "an account without added domains has the pull domains of its presets, unless they are stored in VOD",
        "the emulator's own choice",
    ),
    Behaviour("a filter by another account's vhost or domain lists nothing", "guess"),
    Behaviour(
        "DescribeDomain answers without ProjectName and Tags; a domain that the account does not have is 403 "
        "RequestForbidden",
        "doc 1126814, error table; the refusal of the whole call: guess",
    ),
    Behaviour(
        "ListVhostRecordPresetV2 answers all three levels, Type vod unless it says tos", "doc 1126858; Go SDK models"
    ),
    Behaviour(
        "signatures: HMAC-SHA256, X-Date among the signed headers, Host not always",
        "the vendor's SDKs of four languages",
    ),
    Behaviour("a clock may differ by 15 minutes", "guess"),
    Behaviour(
        "signatures for another region or service than cn-north-1 and live are InvalidCredential",
        "SDK source; the code: guess",
    ),
    Behaviour(
        "401 MissingAuthenticationToken, InvalidCredential, InvalidTimestamp, InvalidSecurityToken or "
        "SignatureDoesNotMatch if a signature is not valid",
        "guess on the status",
    ),
    Behaviour("unknown actions and versions are 404 InvalidActionOrVersion", "guess"),
    Behaviour("the names of presets and buckets that the service chooses", "guess"),
)
