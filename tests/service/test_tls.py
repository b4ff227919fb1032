"""https: nothing is sent to a server that cannot prove its name, or with certificates that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from authority import Authority
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.emulator import Emulator
from pulumi_volcengine_live.errors import SettingsError, UntrustedError
from pulumi_volcengine_live.settings import Credentials
from stepped_clock import NO_DEADLINE


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


def _presets(emulator: Emulator) -> object:
    return (
        Client(Credentials(emulator.access_key, emulator.secret_key), emulator.url, call_seconds=5)
        .presets("", NO_DEADLINE)
        .presets
    )


def test_call_a_server_that_proves_its_name(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Emulator(certificate=authority.issue("127.0.0.1")) as emulator:
        assert emulator.url.startswith("https://")
        assert _presets(emulator) == ()


@pytest.mark.parametrize("case", ["wrong name", "unknown authority"])
def test_send_nothing_to_a_server_that_does_not_prove_its_name(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    trusted = authority if case == "wrong name" else Authority(tmp_path, "stranger")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted.file))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    certificate = authority.issue("127.0.0.2" if case == "wrong name" else "127.0.0.1")
    with Emulator(certificate=certificate) as emulator:
        with pytest.raises(UntrustedError, match="certificate"):
            _presets(emulator)
        assert emulator.calls() == []


def test_trust_no_authority_that_the_environment_does_not_name(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Emulator(certificate=authority.issue("127.0.0.1")) as emulator:
        with pytest.raises(UntrustedError, match="certificate"):
            _presets(emulator)
        assert emulator.calls() == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_name_the_variable_of_certificates_that_cannot_be_read(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, content: str | None
) -> None:
    """Bug: a bundle that does not exist was retried for two minutes as an unknown outcome."""
    bundle = tmp_path / "bundle.pem"
    if content:
        bundle.write_text(content)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(variable, str(bundle))
    with Emulator(certificate=authority.issue("127.0.0.1")) as emulator:
        with pytest.raises(SettingsError, match=f"no certificates can be read from .*, which {variable} names"):
            _presets(emulator)
        assert emulator.calls() == []
