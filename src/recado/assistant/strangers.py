"""What a stranger chose (a name, a place, a form's answers), as data in a prompt.

All of it goes through `marked`: one line, without signs that nobody sees, cut, between marks that
cannot be closed from inside.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Literal

from sqlalchemy import Row

from recado.assistant.port import ContextMessage
from recado.language.reading import to_think_about

OPENS, CLOSES = "⟦", "⟧"
LONGEST = 300
#: Types whose text somebody wrote here: a message or a caption.
_WRITTEN = {"text", "image", "video", "audio", "document", "sticker"}
_TAPPED = 1000
#: Of one message, in characters.
_HEARD = 4096
_ROLES: dict[str, Literal["user", "assistant", "agent"]] = {
    "contact": "user",
    "assistant": "assistant",
    "agent": "agent",
    "system": "assistant",
}
_MARKED = re.compile("⟦([^⟦⟧]*)⟧")
_SPACES = re.compile(r"\s+")
#: What a model's chat template may take for its own, however it is spaced.
_TEMPLATE = re.compile(
    r"<(?=[/|｜!]?[a-z|｜_])|(?<=[|｜])>|[◁▷]|\[(?=/?(?:INST|SYS|TOOL|AVAILABLE|/?think))",
    re.IGNORECASE,
)
#: Look like our marks, or become them where text is normalised.
_MARKS = str.maketrans(dict.fromkeys("⟦⟧〚〛⟬⟭〖〗【】", "'"))
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def as_data(value: object, most: int = LONGEST) -> str:
    """The value as one line of at most `most` characters that says nothing but itself."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    text = unicodedata.normalize("NFKC", str(value)[: most * 4])
    text = "".join(" " if _splits(sign) else sign for sign in text if not _is_unseen(sign))
    text = _TEMPLATE.sub("‹", text.translate(_MARKS))
    text = _SPACES.sub(" ", text.replace("```", "'''")).strip()
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def marked(value: object, most: int = LONGEST) -> str:
    """As as_data, between the marks of data; "" for what says nothing."""
    text = as_data(value, most)
    return f"{OPENS}{text}{CLOSES}" if text else ""


def as_said(text: str) -> str:
    """A person's own words, in their own lines, without what a chat template takes for its own or
    for the marks of data."""
    seen = "".join(sign for sign in text if sign == "\n" or not _is_unseen(sign))
    return _TEMPLATE.sub("‹", seen.translate(_MARKS))


def words_of(type: str, text: str) -> str:
    """The text of a message: as it was written, or in one line where it was not (a tapped title,
    an order's note, a place)."""
    return text.strip() if not text or type in _WRITTEN else as_data(text, _TAPPED)


def heard(row: Row[Any], **about: Any) -> ContextMessage:
    """A message of a conversation, as whoever reads the conversation is told it."""
    return ContextMessage(
        role=_ROLES.get(row.author, "assistant"),
        content=to_think_about(words_of(row.type, row.text), _HEARD) or f"[{row.type}]",
        at=row.created_at,
        type=row.type,
        **about,
    )


def words_in_marks(lines: Iterable[str]) -> str:
    """What stands between the marks of some lines."""
    return " ".join(words for line in lines for words in _MARKED.findall(line))


def _splits(sign: str) -> bool:
    return sign in "\n\r\t\v\f\x85\x1c\x1d\x1e\u2028\u2029"


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in _UNSEEN and not _splits(sign)
