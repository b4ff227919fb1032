"""Each behaviour of the emulator with its source, or the word guess."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """Something the emulator does, and why."""

    what: str
    source: str


BEHAVIOURS = (
    Behaviour("four calls, POST, JSON, Version 2023-01-01, their fields and required fields", "docs 1126880-1126883"),
    Behaviour("App, Stream and MaxShiftTime values; 20 streams of one App", "doc 1126880"),
    Behaviour("App-level and stream-level presets stand side by side", "doc 1126880"),
    Behaviour("Create answers PresetName", "vendor's Go SDK models"),
    Behaviour("List: Type tos answers tos and fcdn-tos, Type vod answers vod; no paging", "doc 1126883"),
    Behaviour("List without Type answers vod", "doc 1126883: the default type"),
    Behaviour("recording presets (0) stay Status 0, independent ones (1) are Status 1 at once", "doc 1126880"),
    Behaviour(
        "recording without a recording preset is refused with InvalidParam", "the rule: doc 1126880; the code: guess"
    ),
    Behaviour("only MaxShiftTime is updated; an unknown preset is 403 RequestForbidden", "doc 1126881, error table"),
    Behaviour(
        "10 calls a second for each action and account, then 429 FlowLimitExceeded", "docs; sliding second: guess"
    ),
    Behaviour(
        "an unknown vhost is 403 RequestForbidden, another account's RequestForbidden.AccountIDNotAllow", "error table"
    ),
    Behaviour("values that break a rule are 400 InvalidParam, wrong types InvalidParam.BindError", "error table"),
    Behaviour("fields that no SDK of the vendor knows are 400 InvalidParam.BindError", "guess"),
    Behaviour("Delete accepts Stream", "the international edition's Go SDK, 2024"),
    Behaviour("what a Delete removes", "guess: delete_removes"),
    Behaviour("a Delete that finds nothing is 403 RequestForbidden", "error table"),
    Behaviour("a Create of what exists is refused with InvalidParam, or overwrites", "guess: create_existing"),
    Behaviour("where the recording presets store, or that there are none", "guess: recording"),
    Behaviour("a listing shows writes at once, or later", "guess: listing_lag"),
    Behaviour("an empty list is [] or null", "guess: empty_list"),
    Behaviour("List answers an empty list for a vhost that has no presets", "guess"),
    Behaviour("List tells the Domain of each preset", "doc 1126883; that it always does: guess"),
    Behaviour("the 21st stream of an App is refused with InvalidParam", "the rule: doc 1126880; the code: guess"),
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
        "SignatureDoesNotMatch where a signature does not hold",
        "guess on the status",
    ),
    Behaviour("unknown actions and versions are 404 InvalidActionOrVersion", "guess"),
    Behaviour("names and buckets that the service makes up", "guess"),
)
