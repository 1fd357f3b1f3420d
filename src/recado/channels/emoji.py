"""Whether a text is one emoji, as people see it."""

from __future__ import annotations

import re

_SIGN = "[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]"
_MODIFIERS = "[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]{0,12}+"
#: Two letters that make a flag, a key, or signs joined into one: 👩‍🍳.
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3"
    f"|{_SIGN}{_MODIFIERS}(?:\u200d{_SIGN}{_MODIFIERS}){{0,8}}+"
)


#: What is no letter of any script: © and ™ are, in names.
_PICTURE = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


def has_emoji(text: str) -> bool:
    """A picture among the letters."""
    return _PICTURE.search(text) is not None


def is_one_emoji(text: str) -> bool:
    """One sign, however many code points it is made of (unicode.org/reports/tr51)."""
    return _EMOJI.fullmatch(text.strip()) is not None
