"""What a person is told who gets it wrong: one clear line, and the right exit status."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from recado import __version__
from recado.app.commands.terminal import one_line
from recado.errors import SettingsError
from tests.app.conftest import Recado

COMMANDS = (
    "up", "serve", "chat", "send", "dead-letters", "migrate", "doctor", "knowledge", "users",
    "maintenance", "bench", "export", "erase",
)  # fmt: skip


def test_help_names_every_promised_command(recado: Recado) -> None:
    result = recado("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert f"  {command} " in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(recado: Recado, command: str) -> None:
    result = recado(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_the_version_is_told(recado: Recado) -> None:
    assert recado("--version").output.strip() == f"recado {__version__}"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("up", "--port", "many"),
        ("serve",),
        ("serve", "nonsense"),
        ("send", "line"),
        ("dead-letters", "replay"),
        ("dead-letters", "list", "--state", "lost"),
        ("erase",),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_status_2(recado: Recado, arguments: tuple[str, ...]) -> None:
    result = recado(*arguments)
    assert result.exit_code == 2
    assert "Error" in result.stderr


def test_an_unknown_service_is_answered_with_those_that_there_are(recado: Recado) -> None:
    result = recado("serve", "ingset")
    assert "ingset" in result.stderr
    assert "ingest" in result.stderr


@pytest.mark.parametrize("command", ["up", "migrate", "doctor", "chat"])
def test_a_setting_that_does_not_exist_is_named_with_what_was_meant(
    recado: Recado, command: str
) -> None:
    result = recado(command, RECADO_MODLE="embedded")
    assert result.exit_code == 1
    assert result.stderr == (
        "recado: RECADO_MODLE is not a setting of Recado. Did you mean RECADO_MODEL?\n"
    )


def test_a_wrong_value_is_one_line_with_what_the_setting_accepts(recado: Recado) -> None:
    result = recado("migrate", LOG_LEVEL="loud")
    assert result.exit_code == 1
    assert result.stderr.startswith("recado: LOG_LEVEL: ")
    assert "DEBUG" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_data_folder_that_cannot_be_made_is_one_line(recado: Recado) -> None:
    result = recado("migrate", RECADO_DATA="/dev/null/data")
    assert result.exit_code == 1
    assert "/dev/null/data" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "list"),
        ("users", "add", "ana@example.com"),
        ("knowledge", "list"),
        ("dead-letters", "list"),
        ("lines", "list"),
        ("migrate",),
        ("send", "web", "ana", "hola"),
        ("export", "ana"),
        ("maintenance", "run"),
        ("chat",),
    ],
    ids=" ".join,
)
def test_a_command_run_elsewhere_says_which_folder_it_would_use_and_makes_none(
    recado: Recado, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.delenv("RECADO_DATA", raising=False)
    result = recado(*arguments, RECADO_DATA=None)
    assert result.exit_code == 1
    assert str(tmp_path / "data") in result.stderr
    assert "RECADO_DATA=FOLDER" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_command_works_on_the_folder_that_is_there_or_named(
    recado: Recado, tmp_path: Path
) -> None:
    assert recado("users", "list", RECADO_DATA=str(tmp_path / "named")).exit_code == 0
    (tmp_path / "data").mkdir()
    assert recado("users", "list", RECADO_DATA=None).exit_code == 0


def test_a_file_that_is_no_database_is_one_line(recado: Recado, tmp_path: Path) -> None:
    database = tmp_path / "notes.txt"
    database.write_text("not a database, " * 100)
    for command in (("users", "list"), ("up", "--port", "0")):
        result = recado(*command, DATABASE_URL=f"sqlite:///{database}")
        assert result.exit_code == 1
        assert "file is not a database" in result.stderr
        assert result.stderr.count("\n") == 1


def test_what_a_command_logs_is_for_the_person_who_called_it(
    recado: Recado, tmp_path: Path
) -> None:
    result = recado("knowledge", "list", RECADO_CACHE_URL="redis://127.0.0.1:9/0")
    assert result.exit_code == 0
    assert "{" not in result.stderr


def test_a_data_folder_that_cannot_be_written_stops_the_start_with_what_to_do(
    recado: Recado, tmp_path: Path
) -> None:
    (tmp_path / "a_file").write_text("")
    result = recado("up", "--port", "0", RECADO_DATA=str(tmp_path / "a_file" / "data"))
    assert result.exit_code == 1
    assert result.stderr.startswith("recado: RECADO_DATA: ")
    assert "set RECADO_DATA to another folder" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_taken_port_is_told_with_another_one_to_take(recado: Recado) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = recado("up", "--port", str(port))
    assert result.exit_code == 1
    assert f"Port {port} on 127.0.0.1 is in use" in result.stderr
    assert f"--port {port + 1}" in result.stderr


def test_an_address_of_another_machine_is_refused_plainly(recado: Recado) -> None:
    result = recado("up", "--host", "192.0.2.1", "--port", "0")
    assert result.exit_code == 1
    assert "192.0.2.1" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m recado --help | head -c 1"
    process = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True)
    assert process.stderr == ""


def test_help_does_not_load_what_it_does_not_need() -> None:
    source = (
        "import sys; import recado.app.cli;"
        " print([it for it in ('sqlalchemy', 'fastapi', 'pydantic_ai', 'aiohttp', 'pydantic')"
        " if it in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert told.stdout.strip() == "[]"


def test_the_reference_describes_every_command() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text()
    for command in COMMANDS:
        assert f"`recado {command}" in page, command


def test_a_mistake_of_ours_is_not_dressed_up_as_the_users() -> None:
    assert one_line(KeyError("queue")) is None
    assert one_line(SettingsError("RECADO_MODEL: nothing like it")) == (
        "RECADO_MODEL: nothing like it"
    )
