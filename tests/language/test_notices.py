"""What Recado itself says to a contact, it says in each of its languages."""

from __future__ import annotations

import tomllib
from pathlib import Path
from string import Formatter

from recado.language import notices

TEXTS = tomllib.loads((Path(notices.__file__).parent / "data/notices.toml").read_text("utf-8"))


def test_every_text_has_all_languages_with_the_same_places_for_values() -> None:
    for name, texts in (TEXTS["notices"] | TEXTS["names"]).items():
        assert set(texts) == {"es", "pt", "en"}, name
        assert len({frozenset(_places(text)) for text in texts.values()}) == 1, name


def test_a_contact_who_speaks_another_language_is_told_in_english() -> None:
    assert notices.receipt("order", "fr") == notices.receipt("order", "en")
    assert "your order" in notices.receipt("order", "fr")


def _places(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]
