"""Commands as a person runs them, in this process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from recado.app.cli import app

Recado = Callable[..., Result]


@pytest.fixture
def recado(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recado]:
    """`recado("users", "list")` on an installation of the test's own; `typed` is what stands on
    standard input."""
    monkeypatch.chdir(tmp_path)  # no .env of the checkout
    environment = {
        "RECADO_DATA": str(tmp_path / "data"),
        "RECADO_SQLITE_SYNC": "off",
        "WHATSAPP_ACCESS_TOKEN": "",
        "WHATSAPP_APP_SECRET": "",
        "WHATSAPP_VERIFY_TOKEN": "",
        "WHATSAPP_PHONE_NUMBER_ID": "",
        "DATABASE_URL": "",
        "COLUMNS": "200",
    }

    def run(*arguments: str, typed: str | None = None, **env: str | None) -> Result:
        return CliRunner().invoke(app, arguments, input=typed, env={**environment, **env})

    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield run
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level
