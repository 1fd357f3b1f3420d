"""The doctor finds what is wrong and says what to do."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from recado.app.doctor.examine import what_will_not_work
from recado.app.doctor.models import check_embeddings
from recado.assistant.knowledge.meaning.embedding import embed_missing
from recado.errors import ModelUnavailable
from recado.security.encryption import Cipher
from recado.store.migrate import HEAD
from tests.app.conftest import Recado
from tests.support.embedding import TinyEmbedder
from tests.support.runtime import make_runtime


def test_a_fresh_installation_is_sound(recado: Recado) -> None:
    recado("migrate")
    result = recado("doctor", "--offline")
    assert result.exit_code == 0, result.output
    assert "✗" not in result.output
    assert "✓ database" in result.output
    assert "sample knowledge" in result.output  # worth knowing, nothing to mend


def test_before_the_first_start_everything_is_looked_at_and_nothing_made(
    recado: Recado, tmp_path: Path
) -> None:
    result = recado("doctor", "--offline")
    assert result.exit_code == 0, result.output
    assert "! database" in result.output
    assert "recado.db is not there yet" in result.output
    assert "sample knowledge" in result.output
    assert "is not there yet" in result.output
    assert not (tmp_path / "data").exists()


def schema_of(database: Path, change: str = "") -> str:
    with closing(sqlite3.connect(database)) as connection, connection:
        if change:
            connection.execute("UPDATE alembic_version SET version_num = ?", [change])
        [(schema,)] = connection.execute("SELECT version_num FROM alembic_version")
    return str(schema)


def test_an_older_schema_is_left_as_it_is_until_the_operator_migrates(
    recado: Recado, tmp_path: Path
) -> None:
    recado("migrate")
    database = tmp_path / "data" / "recado.db"
    schema_of(database, change="0001")
    result = recado("doctor", "--offline")
    assert result.exit_code == 1
    assert f"schema is at 0001, this version needs {HEAD}" in result.output
    assert "recado migrate" in result.output
    assert schema_of(database) == "0001"


def test_a_schema_that_only_a_newer_version_can_work_on_is_found(
    recado: Recado, tmp_path: Path
) -> None:
    recado("migrate")
    schema_of(tmp_path / "data" / "recado.db", change="9999")
    result = recado("doctor", "--offline")
    assert result.exit_code == 1
    assert "upgrade this one, or restore a backup" in result.output


def test_a_database_without_tables_stays_so(recado: Recado, tmp_path: Path) -> None:
    database = tmp_path / "somebody_elses.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE theirs (x)")
    result = recado("doctor", "--offline", DATABASE_URL=f"sqlite:///{database}")
    assert result.exit_code == 0, result.output
    assert "has no tables of Recado yet" in result.output
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_effective_settings_are_shown_with_their_origin_and_without_secrets(
    recado: Recado, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("RECADO_LANGUAGE=pt\n")
    result = recado("doctor", "--offline", RECADO_API_KEY="hunter2-hunter2-hunter2")
    lines = {line.split()[0]: line.split() for line in result.output.splitlines() if line.strip()}
    assert lines["RECADO_LANGUAGE"] == ["RECADO_LANGUAGE", "pt", ".env"]
    assert lines["RECADO_API_KEY"][-1] == "environment"
    assert lines["RECADO_MODEL"] == ["RECADO_MODEL", "embedded", "default"]
    assert "hunter2-" not in result.output


def test_a_line_without_its_secret_is_found(recado: Recado) -> None:
    result = recado("doctor", "--offline", WHATSAPP_ACCESS_TOKEN="t", WHATSAPP_VERIFY_TOKEN="v")
    assert result.exit_code == 1
    assert "App secret is missing: every webhook is refused." in result.output
    assert "→ App settings, Basic" in result.output


def test_a_database_that_does_not_answer_is_found(recado: Recado) -> None:
    url = "postgresql://recado:hunter2@127.0.0.1:9/recado"
    result = recado("doctor", "--offline", DATABASE_URL=url)
    assert result.exit_code == 1
    assert "✗ database" in result.output
    assert "hunter2" not in result.output


def test_a_model_that_cannot_be_had_is_found(recado: Recado) -> None:
    result = recado("doctor", "--offline", RECADO_MODEL="nonsense:model")
    assert result.exit_code == 1
    assert "✗ model" in result.output


def test_keys_that_others_can_read_are_found(recado: Recado, tmp_path: Path) -> None:
    recado("lines", "list")
    key = tmp_path / "data" / "secret_key"
    key.chmod(0o644)
    result = recado("doctor", "--offline")
    assert result.exit_code == 1
    assert f"chmod 600 {key}" in result.output.replace("\n", "")


def test_a_key_that_opens_nothing_and_one_that_may_not_go_yet_are_found(
    recado: Recado, tmp_path: Path
) -> None:
    recado("lines", "list", RECADO_SECRET_KEY="the old key")
    with sqlite3.connect(tmp_path / "data" / "recado.db") as database:
        credentials = Cipher(["the old key"]).encrypt("{}")
        database.execute(
            "UPDATE line SET channel = 'whatsapp', address = '1', name = 'shop', credentials = ?",
            [credentials],
        )
    database.close()
    wrong = recado("doctor", "--offline", RECADO_SECRET_KEY="another")
    assert wrong.exit_code == 1
    assert "✗ start" in wrong.output
    assert "Put the old key behind the new one" in wrong.output
    rotating = recado("doctor", "--offline", RECADO_SECRET_KEY="another,the old key")
    assert "credentials of shop were written with an older key" in rotating.output
    right = recado("doctor", "--offline", RECADO_SECRET_KEY="the old key")
    assert "✓ secret key" in right.output


def test_a_provider_that_cannot_be_reached_is_found(recado: Recado) -> None:
    result = recado(
        "doctor",
        WHATSAPP_ACCESS_TOKEN="t",
        WHATSAPP_VERIFY_TOKEN="v",
        WHATSAPP_APP_SECRET="s",
        WHATSAPP_PHONE_NUMBER_ID="106540352242922",
        WHATSAPP_API_URL="http://127.0.0.1:9",
    )
    assert result.exit_code == 1
    assert "✗ lines" in result.output


def test_every_channel_in_use_is_looked_at(recado: Recado) -> None:
    given = {"EVOLUTION_API_URL": "https://evolution.example.com", "INSTANCE_NAME": "tienda"}
    result = recado("doctor", "--offline", **given, RECADO_PUBLIC_URL="http://chat.example.com")
    assert result.exit_code == 1
    assert "WhatsApp (Evolution API): Webhook token is missing" in result.output
    assert "Meta" not in result.output.split("webhooks:")[1].split("Evolution")[0]
    assert "vendors call https:// only" in result.output


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ("WHATSAPP_ACCESS_TOKEN",
         {"WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_PHONE_NUMBER_ID"}),
        ("WHATSAPP_PHONE_NUMBER_ID",
         {"WHATSAPP_ACCESS_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"}),
        ("EVOLUTION_API_KEY", {"EVOLUTION_API_URL", "EVOLUTION_WEBHOOK_TOKEN", "INSTANCE_NAME"}),
        ("TWILIO_ACCOUNT_SID", {"TWILIO_AUTH_TOKEN"}),
    ],
)  # fmt: skip
def test_a_line_that_the_settings_describe_by_half_is_found(
    recado: Recado, given: str, lacking: set[str]
) -> None:
    result = recado("doctor", "--offline", **{given: "something"})
    assert result.exit_code == 1
    named = set(re.findall(r"✗ settings: (\w+) is not set, so ", result.output))
    assert named == lacking


@pytest.mark.parametrize(
    ("name", "is_folder", "says"),
    [
        ("", False, "is a file, and a folder is needed there"),
        ("files", False, "is a file, and a folder is needed there"),
        ("recado.db", True, "is a folder, and a file is needed there"),
        ("secret_key", True, "is a folder, and a file is needed there"),
    ],
)
def test_a_file_in_a_folders_place_is_said(
    recado: Recado, tmp_path: Path, name: str, is_folder: bool, says: str
) -> None:
    taken = tmp_path / "taken"
    there = taken / name
    there.parent.mkdir(parents=True, exist_ok=True)
    there.mkdir() if is_folder else there.touch()
    result = recado("doctor", "--offline", RECADO_DATA=str(taken))
    assert result.exit_code == 1
    assert f"{there} {says}" in result.output
    assert "Move it away" in result.output


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("gpt-5", "names no provider: write openai:gpt-5"),
        ("openai/gpt-5", "names no provider: write openai:gpt-5, anthropic:…"),
        ("anthropic/claude", "write anthropic:claude, bedrock:…, google:…, or embedded"),
        ("acme/gpt", "write openai:acme/gpt"),
        ("openai:gpt-5", "set OPENAI_API_KEY"),
        ("anthropic:claude", "set ANTHROPIC_API_KEY"),
        ("google-cloud:gemini", "set the Google Cloud credentials"),
        ("bedrock:claude", "AWS_REGION"),
        ("nobody:model", "Unknown provider: nobody. Write one such as openai:gpt-4o"),
    ],
)
def test_a_model_that_cannot_answer_is_found_with_what_to_set(
    recado: Recado, model: str, says: str
) -> None:
    none = dict.fromkeys(
        ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY",
         "OPENAI_BASE_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "GOOGLE_APPLICATION_CREDENTIALS")
    )  # fmt: skip
    # Neither library may look for credentials in the network.
    alone = {"NO_GCE_CHECK": "true", "AWS_EC2_METADATA_DISABLED": "true"}
    result = recado("doctor", "--offline", RECADO_MODEL=model, **none, **alone)
    assert result.exit_code == 1
    assert says in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ("whisper", "write openai:MODEL"),
        ("openai:gpt-transcribe", "set OPENAI_API_KEY"),
        ("local:/nowhere/at/all", "which is no folder"),
        ("aws", "needs a bucket"),
        ("aws:s3://shop", "set AWS_REGION"),
    ],
)
def test_a_transcriber_that_cannot_write_is_found_with_what_to_set(
    recado: Recado, chosen: str, says: str
) -> None:
    none = dict.fromkeys(("OPENAI_API_KEY", "OPENAI_BASE_URL", "AWS_DEFAULT_REGION"))
    region = {"AWS_REGION": "eu-west-1" if chosen == "aws" else None}
    alone = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null"}
    result = recado("doctor", "--offline", RECADO_TRANSCRIPTION=chosen, **none, **region, **alone)
    assert result.exit_code == 1
    assert says in " ".join(result.output.split())


async def test_a_start_says_that_a_transcriber_lacks_what_it_needs(tmp_path: Path) -> None:
    lacking = {"RECADO_TRANSCRIPTION": f"local:{tmp_path}"}
    async with make_runtime(tmp_path, services=("assistant",), **lacking) as runtime:
        ((text, fix),) = [it.in_english() for it in await what_will_not_work(runtime)]
    assert text == f"local:{tmp_path.name} cannot read what people send"
    assert "lacks model.bin" in fix


async def test_a_start_says_which_engine_does_not_answer_and_what_waits(tmp_path: Path) -> None:
    away = {"RECADO_QUEUE_URL": "nats://127.0.0.1:1", "RECADO_CACHE_URL": "redis://127.0.0.1:1"}
    async with make_runtime(tmp_path, **away) as runtime:
        found = [finding.in_english() for finding in await what_will_not_work(runtime)]
    assert [text for text, _ in found] == [f"{name} names what does not answer" for name in away]
    assert "what comes in and goes out waits" in found[0][1]


async def test_a_start_says_that_a_line_has_an_address_that_is_none(tmp_path: Path) -> None:
    whatsapp = {
        "WHATSAPP_PHONE_NUMBER_ID": "+525512345678",
        **dict.fromkeys(("WHATSAPP_ACCESS_TOKEN", "WHATSAPP_APP_SECRET"), "x"),
        "WHATSAPP_VERIFY_TOKEN": "z",
    }
    async with make_runtime(tmp_path, **whatsapp) as runtime:
        ((text, fix),) = [it.in_english() for it in await what_will_not_work(runtime)]
    assert text == "WHATSAPP_PHONE_NUMBER_ID is +525512345678, which is none"
    assert "its id at Meta" in fix


async def test_how_much_of_the_knowledge_is_read_for_its_meaning_is_told(tmp_path: Path) -> None:
    async with make_runtime(tmp_path, RECADO_EMBEDDINGS="local") as runtime:
        [waits] = await check_embeddings(runtime)
        assert waits.mark == "hint"
        assert " 0 of " in waits.in_english()[0]
        meaning = runtime.knowledge.meaning
        assert meaning is not None
        embedder = TinyEmbedder(meaning.embedder.name)
        await embed_missing(runtime.store, embedder, rest=0)
        [done] = await check_embeddings(runtime)
        assert done.mark == "fine"
        embedder.error = ModelUnavailable("it is away")
        await runtime.knowledge.add("more.md", b"## More\nThere is more to know.\n")
        await embed_missing(runtime.store, embedder, rest=0)
        [failed] = await check_embeddings(runtime)
        assert failed.mark == "wrong"
        assert failed.in_english()[1] == "it is away"
