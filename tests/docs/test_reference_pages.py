"""The reference pages and the example settings say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from recado.events import CATALOGUE, Event
from recado.settings import Settings, load_settings

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
SETTINGS = {str(field.alias) for field in Settings.model_fields.values()}


def rows(page: str) -> list[list[str]]:
    """The cells of every table row of a page."""
    lines = (DOCS / page).read_text().splitlines()
    return [line.strip("|").split("|") for line in lines if line.startswith("|")]


def names(cell: str) -> list[str]:
    return re.findall(r"`([\w.]+)(?:\[\])?`", cell)


def test_every_setting_is_in_the_reference_and_in_the_example() -> None:
    described = {name for row in rows("reference/settings.md") for name in names(row[0])}
    assert described >= SETTINGS, f"describe in docs/reference/settings.md: {SETTINGS - described}"
    example = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert example >= SETTINGS, f"add to .env.example: {SETTINGS - example}"


@pytest.mark.parametrize("alias", sorted(SETTINGS))
def test_the_reference_gives_the_default_that_the_code_has(alias: str) -> None:
    field = next(field for field in Settings.model_fields.values() if field.alias == alias)
    shown = next(row[1] for row in rows("reference/settings.md") if alias in names(row[0])).strip()
    if not shown.startswith("`"):  # empty, or in words: the setting itself is empty then
        assert not getattr(field.default, "get_secret_value", lambda: field.default)()
    else:
        default = Path(shown.strip("`")) if isinstance(field.default, Path) else shown.strip("`")
        assert type(field.default)(default) == field.default


def test_the_example_is_accepted_as_it_stands_when_every_line_is_taken(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    taken = [line[1:] for line in lines if re.match(r"#[A-Z_]+=", line)]
    (tmp_path / ".env").write_text("\n".join(taken))
    settings = load_settings(tmp_path / ".env")
    assert settings.whatsapp_api_version == "v23.0"


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.__name__)
def test_every_event_is_described_with_its_fields(event: type[Event]) -> None:
    tag = event.__struct_config__.tag
    row = next((row for row in rows("reference/events.md") if tag in names(row[0])), None)
    assert row, f"describe {tag} in docs/reference/events.md"
    own = {field.name for field in msgspec.structs.fields(event)} - {"conversation_id"}
    assert set(names(row[1])) == own


def test_every_decision_is_listed() -> None:
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (DOCS / "adr" / "index.md").read_text())
    assert listed == sorted(page.name for page in (DOCS / "adr").glob("0*.md"))
