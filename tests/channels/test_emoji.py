"""A reaction is one sign, however it is made."""

from __future__ import annotations

import pytest

from recado.channels.emoji import is_one_emoji


@pytest.mark.parametrize(
    "sign", ["👍", "👍🏽", "❤️", "❤", "👩‍🍳", "👨‍👩‍👧‍👦", "🇨🇴", "3️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☺️", "⭐", "😂 "]
)
def test_one_sign_is_one(sign: str) -> None:
    assert is_one_emoji(sign)


@pytest.mark.parametrize("signs", ["", "👍👍", "👍 ok", "ok", "🇨🇴🇲🇽", "3", "❤️🔥", "!", "👍" * 5000])
def test_anything_else_is_not(signs: str) -> None:
    assert not is_one_emoji(signs)
