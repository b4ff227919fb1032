"""Reads the answers to ListVhostRecordPresetV2. A recording preset that cannot be read is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi_volcengine_live.api.lists import listed
from pulumi_volcengine_live.api.texts import is_clean
from pulumi_volcengine_live.recording import RecordingPreset

LIST_RECORDINGS: Final = "ListVhostRecordPresetV2"

_FORMATS: Final = {"HlsParam": "hls", "FlvParam": "flv", "Mp4Param": "mp4"}


def read_recordings(result: Any, storage: str) -> list[RecordingPreset]:
    """Read a listing of one storage."""
    items = listed(result, "PresetList", LIST_RECORDINGS, "recording presets")
    read = (_recording(item, storage) for item in items if isinstance(item, dict))
    return [recording for recording in read if recording]


def _recording(item: Mapping[str, Any], storage: str) -> RecordingPreset | None:
    """A preset of a whole vhost has no App, an empty one, or null; the same goes for Stream."""
    vhost, app, stream = (item.get(name) or "" for name in ("Vhost", "App", "Stream"))
    if not vhost or not all(isinstance(name, str) and is_clean(name) for name in (vhost, app, stream)):
        return None
    return RecordingPreset(vhost.lower(), app, stream, storage, _formats(item))


def _formats(item: Mapping[str, Any]) -> frozenset[str]:
    config = _object(_object(item.get("SlicePresetV2")).get("RecordPresetConfig"))
    return frozenset(name for key, name in _FORMATS.items() if _object(config.get(key)).get("Enable") is True)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
