"""How the question looks: five rows to tap where the channel has lists, else in words."""

from __future__ import annotations

from recado.channels.port import Channel
from recado.conversations.messages import Part
from recado.language.notices import notice

#: A row's id: `rating:<the rating's id>:<score>`.
PREFIX = "rating"
SCORES = (5, 4, 3, 2, 1)


def question(rating_id: str, language: str, channel: Channel) -> Part:
    """The question in the contact's language, as the channel can show it."""
    asked = notice("rating_ask", language)
    if "interactive.list" not in channel.capabilities.sends:
        return in_words(language)
    rows = [
        {"id": f"{PREFIX}:{rating_id}:{score}", "title": f"{'⭐' * score} {label(score, language)}"}
        for score in SCORES
    ]
    tapped = {
        "type": "list",
        "header": {"text": notice("rating_title", language)},
        "footer": notice("rating_typed", language),
        "button": notice("rating_button", language),
        "sections": [{"title": notice("rating_title", language), "rows": rows}],
    }
    return Part(asked, "interactive", {"interactive": tapped})


def in_words(language: str) -> Part:
    best, worst = label(5, language), label(1, language)
    scale = notice("rating_scale", language, best=best.lower(), worst=worst.lower())
    return Part(f"{notice('rating_ask', language)} {scale}")


def label(score: int, language: str) -> str:
    return notice(f"rating_{score}", language)


def tapped_score(tapped: str) -> tuple[str, int] | None:
    """The rating and the score that a row's id names; None: it is none of ours."""
    prefix, _, rest = tapped.partition(":")
    rating_id, _, score = rest.partition(":")
    if prefix != PREFIX or score not in {"1", "2", "3", "4", "5"}:
        return None
    return rating_id, int(score)
