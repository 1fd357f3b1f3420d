"""What gives a person away, taken out of their words: names, numbers, addresses.

A masked text still asks the same, so that what is masked looks like what was there: a number has
as many digits, a street is still a street. Not every name is recognised; a person reads it over.
"""

from __future__ import annotations

import re

from recado.language.reading import fold_word

NAME = "Alex"
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_LINK = re.compile(r"(?:https?://|\bwww\.)\S{1,2000}", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@])@\w{2,40}")
#: From four digits on: a phone, an order, a document, a card, a date of birth.
_NUMBER = re.compile(r"(?<![\d:])\+?\d(?:[ .()\-]{0,2}\d){3,40}(?![\d:])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_STREET = re.compile(
    r"\b(calle|carrera|cra|kra|avenida|av|avda|diagonal|transversal|paseo|plaza|rua|travessa"
    r"|alameda|praça|praca)\b\.?[^\d,;?!\n]{0,40}\d[^,;?!\n]{0,40}",
    re.IGNORECASE,
)
_STREET_EN = re.compile(
    r"\b\d{1,5}[a-z]?(?:\s[^\W\d_]{2,20}){1,3}\s(street|st|avenue|ave|road|rd|lane)\b",
    re.IGNORECASE,
)
#: "me llamo ana", in any case; "soy Ana" only where it is written as a name.
_CALLED = re.compile(
    r"\b(me llamo|mi nombre es|a nombre de|me chamo|meu nome é|meu nome e|em nome de|my name is"
    r"|my name's|in the name of|under the name)\s"
    r"(?-i:[^\W\d_][\w'’-]{1,30}(?:\s(?:d(?:[aeo]s?|el)\s)?[A-ZÀ-Þ][\w'’-]{1,30}){0,3})",
    re.IGNORECASE,
)
_AM = re.compile(
    r"\b([Ss]oy|[Ss]ou|[Ii]['’]m|[Ii] am|[Aa]qui é|[Hh]abla|[Tt]his is)\s"
    r"[A-ZÀ-Þ][\w'’-]{1,30}(?:\s(?:d(?:[aeo]s?|el)\s)?[A-ZÀ-Þ][\w'’-]{1,30}){0,3}"
)
_WORD = re.compile(r"[^\W\d_]{3,60}")
#: Parts of names that are words of their own.
_NO_NAMES = frozenset({"del", "das", "dos", "las", "los", "the", "van", "von", "and"})


def masked(text: str, name: str = "") -> str:
    """`text` with what was recognised masked; `name` is the contact's, as far as it is known."""
    text = _MAIL.sub("alex@example.org", text)
    text = _LINK.sub("https://example.org", text)
    text = _HANDLE.sub("@alex", text)
    text = _STREET.sub(r"\1 0", text)
    text = _STREET_EN.sub(r"0 \1", text)
    text = _NUMBER.sub(_zeros, text)
    text = _CALLED.sub(rf"\1 {NAME}", text)
    text = _AM.sub(rf"\1 {NAME}", text)
    parts = {fold_word(it) for it in _WORD.findall(name[:200])} - _NO_NAMES
    return _WORD.sub(lambda found: NAME if fold_word(found[0]) in parts else found[0], text)


def _zeros(found: re.Match[str]) -> str:
    if _YEAR.fullmatch(found[0]):
        return found[0]
    return re.sub(r"\d", "0", found[0])
