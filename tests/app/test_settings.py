"""Settings are checked at the start, and say what is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recado.errors import SettingsError
from recado.settings import ensure_secret, load_settings, mask, mask_url


def test_a_misspelt_setting_stops_the_start_and_names_the_right_one(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RECADO_QUIET_SECOND=2\n")
    with pytest.raises(SettingsError, match=r"RECADO_QUIET_SECOND .*RECADO_QUIET_SECONDS\?"):
        load_settings(tmp_path / ".env")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("RECADO_QUIET_SECONDS=soon", "RECADO_QUIET_SECONDS"),
        ("RECADO_QUIET_SECONDS=-1", "greater than or equal to 0"),
        ("LOG_LEVEL=LOUD", "DEBUG"),
        ("WHATSAPP_API_URL=graph", "WHATSAPP_API_URL"),
        ("WHATSAPP_API_VERSION=23", "WHATSAPP_API_VERSION"),
    ],
)
def test_a_wrong_value_stops_the_start_with_what_is_accepted(
    tmp_path: Path, line: str, says: str
) -> None:
    (tmp_path / ".env").write_text(line)
    with pytest.raises(SettingsError, match=says):
        load_settings(tmp_path / ".env")


def test_keys_of_a_models_library_reach_it_from_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of the environment")
    monkeypatch.setenv("OPENAI_API_KEY", "so that it is put back afterwards")
    monkeypatch.delenv("OPENAI_API_KEY")
    (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-1\nAWS_PROFILE=of the file\n")
    load_settings(tmp_path / ".env")
    assert os.environ["OPENAI_API_KEY"] == "sk-1"
    assert os.environ["AWS_PROFILE"] == "of the environment"


def test_secrets_are_never_shown_whole() -> None:
    assert mask("an access token") == "••••oken"
    assert mask("short") == "••••"
    assert mask_url("postgresql://ana:secret@host/db") == "postgresql://ana:••••@host/db"
    shown = load_settings(None, WHATSAPP_ACCESS_TOKEN="EAAGm0PX4ZCps").masked()
    assert "EAAGm0PX4" not in str(shown)


def test_a_generated_secret_is_kept_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret_key"
    secret = ensure_secret(path)
    assert len(secret) >= 32
    assert ensure_secret(path) == secret
    assert path.stat().st_mode & 0o077 == 0


def test_an_empty_key_in_the_env_file_is_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "so that it is put back afterwards")
    monkeypatch.delenv("OPENAI_API_KEY")
    (tmp_path / ".env").write_text("OPENAI_API_KEY=\n")
    load_settings(tmp_path / ".env")
    assert "OPENAI_API_KEY" not in os.environ


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (
            'RECADO_QUIET_SECONDS=0\nesto no es\nWHATSAPP_ACCESS_TOKEN="abc\n',
            "lines 2, 3: not NAME",
        ),
        ("WHATSAPP_ACCESS_TOKEN='abc\n", "line 1: not NAME=value, or a quote that does not end"),
        ("RECADO_QUIET_SECONDS=0\n".encode("utf-16"), "is not in UTF-8"),
    ],
)
def test_a_line_of_the_file_that_says_nothing_stops_the_start(
    tmp_path: Path, written: str | bytes, says: str
) -> None:
    data = written if isinstance(written, bytes) else written.encode()
    (tmp_path / ".env").write_bytes(data)
    with pytest.raises(SettingsError, match=says):
        load_settings(tmp_path / ".env")


def test_a_file_saved_by_windows_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("\ufeffRECADO_QUIET_SECONDS=7\r\n# nada\r\n\r\n".encode())
    assert load_settings(tmp_path / ".env").quiet_seconds == 7
