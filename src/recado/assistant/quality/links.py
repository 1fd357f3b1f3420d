"""Links, e-mail addresses and accounts in an answer: each has to stand in what the business says,
or to be the contact's own e-mail address."""

from __future__ import annotations

import re

from recado.assistant.quality.given import Given

#: An answer with more links than this was not asked for.
_MOST = 20
_TOP = (
    "com|net|org|info|biz|io|co|me|ly|gl|gd|app|dev|shop|store|online|site|xyz|top|link"
    "|click|tk|ru|cn"
    "|es|br|mx|ar|cl|pe|uy|pt|uk|us|eu|de|fr|it|tv|cc|ai|gg|to|page|example|test"
)
# bounded: a mailbox of 64 and a name of so many parts
_LINK = re.compile(
    r"[a-z][a-z0-9+.-]{1,15}://[^\s)>\]\"']+|\bwww\.[^\s)>\]\"']+"
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
    rf"|\b[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,3}}\.(?:{_TOP})\b(?:[/?#][^\s)>\]\"']*)?",
    re.IGNORECASE,
)
_SHORT = re.compile(r"\b(?:wa|t|bit|m)\.(?:me|ly)\b[^\s)>\]]*", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<![\w.@/])@[A-Za-z0-9_](?:[\w.]{0,40}\w)")
_SPELLED = re.compile(
    r"\b([\w-]{2,63})\s?(?:\(|\[)?\s?(?:punto|ponto|dot|\[\.\])\s?(?:\)|\])?\s?(com|net|org"
    r"|es|io|example)\b",
    re.IGNORECASE,
)
#: "mi correo es ana@…": what a contact says of themselves.
_OWN = re.compile(
    r"\b(?:mi|my|meu|soy|sou|i['’]m)\b[^\n@.]{0,40}?(?<![\w.+-])"
    r"([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})",
    re.IGNORECASE,
)
_HEAD = re.compile(r"^(?:[a-z][a-z0-9+.-]{1,15}:)?(?://)?(?:www\.)?", re.IGNORECASE)
_ENDS = ".,;:!?*_~`'\"/"


def without_links(text: str) -> str:
    return _ACCOUNT.sub(" ", _LINK.sub(" ", text))


def unknown_link(answer: str, given: Given) -> str | None:
    """The first address that the business does not give; None: it gives all of them."""
    found = [it[0] for it in _LINK.finditer(answer)]
    found += [f"{it[1]}.{it[2]}" for it in _SPELLED.finditer(answer)]
    found += [it[0] for it in _ACCOUNT.finditer(_LINK.sub(" ", answer))]
    if not found:
        return None
    if len(set(found)) > _MOST:
        return found[0]
    known = _addresses(given.sources.text)
    own = frozenset(_bare(it[1]) for it in _OWN.finditer(given.said.text))
    return next((it for it in found if not _is_known(_bare(it), known, own)), None)


def _addresses(text: str) -> frozenset[str]:
    links = {_bare(it[0]) for it in _LINK.finditer(text)}
    return frozenset(links | {it[0].lower() for it in _ACCOUNT.finditer(_LINK.sub(" ", text))})


def _is_known(link: str, known: frozenset[str], own: frozenset[str]) -> bool:
    """Given as it is, or the beginning of one that is: the shop's name without the page."""
    if link in known or link in own:
        return True
    if "@" in link:
        return False
    return any(it.startswith((f"{link}/", f"{link}?")) for it in known)


def _bare(link: str) -> str:
    return _HEAD.sub("", link.lower().rstrip(_ENDS)).rstrip(_ENDS)
