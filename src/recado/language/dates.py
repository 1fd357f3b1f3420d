"""Days as people write them, in Spanish, Portuguese and English: "hoy", "sábado que viene",
"24/12", "Christmas Eve", "de lunes a viernes".

A text is read into mentions, each with its place, so that the same reader serves a question
("¿abren hoy?") and what a business has written ("Lunes a viernes 7–20, sábados 8–14").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

import msgspec

from recado.language.reading import fold_word

_WEEKDAYS = (
    "lunes lun segunda segundas seg monday mondays mon",
    "martes mar terca tercas ter tuesday tuesdays tue tues",
    "miercoles mie mier quarta quartas qua wednesday wednesdays wed",
    "jueves jue juev quinta quintas qui thursday thursdays thu thur thurs",
    "viernes vie vier sexta sextas sex friday fridays fri",
    "sabado sabados sab saturday saturdays sat",
    "domingo domingos dom sunday sundays sun",
)
_BY_WORD = {word: day for day, words in enumerate(_WEEKDAYS) for word in words.split()}
#: Weekdays that are other words too: only next to another weekday, a range or "feira".
_UNSURE_WORDS = """
    mar ter qua qui sex seg mon sat sun dom sab lun vie mie fri tue wed thu
    segunda segundas quinta quintas sexta sextas
"""
_UNSURE = frozenset(_UNSURE_WORDS.split())
_MONTHS = (
    "enero janeiro january ene jan", "febrero fevereiro february feb fev",
    "marzo marco march mar", "abril april abr apr", "mayo maio may mai",
    "junio junho june jun", "julio julho july jul", "agosto august ago aug",
    "septiembre setiembre setembro september sep set sept", "octubre outubro october oct out",
    "noviembre novembro november nov", "diciembre dezembro december dic dez dec",
)  # fmt: skip
_MONTH = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
#: What is said of a day, as words; the longest is looked for first.
_NAMED: dict[str, str] = {
    "pasado manana": "+2", "depois de amanha": "+2", "day after tomorrow": "+2",
    "hoy": "+0", "hoje": "+0", "today": "+0", "tonight": "+0", "esta noche": "+0",
    "esta tarde": "+0", "esta manana": "+0", "esta noite": "+0", "ahora": "+0", "ahorita": "+0",
    "agora": "+0", "right now": "+0", "this evening": "+0", "this afternoon": "+0",
    "this morning": "+0", "now": "+0", "manana": "+1", "amanha": "+1", "tomorrow": "+1",
    "tmrw": "+1", "tmr": "+1", "2moro": "+1", "2day": "+0", "2nite": "+0", "hj": "+0",
    "amnh": "+1", "amn": "+1", "mnn": "+1", "mnna": "+1",
    "fin de semana": "56", "fines de semana": "56", "finde": "56", "findes": "56",
    "final de semana": "56", "finais de semana": "56", "fim de semana": "56",
    "fins de semana": "56", "weekend": "56", "weekends": "56",
    "entre semana": "01234", "dias de semana": "01234", "dia de semana": "01234",
    "weekdays": "01234", "weekday": "01234", "dias habiles": "01234", "dias uteis": "01234",
    "dias laborables": "01234",
    "todos los dias": "0123456", "todos os dias": "0123456", "every day": "0123456",
    "everyday": "0123456", "diariamente": "0123456", "daily": "0123456", "all week": "0123456",
    "toda la semana": "0123456", "a semana toda": "0123456", "seven days": "0123456",
    "festivo": "*", "festivos": "*", "feriado": "*", "feriados": "*", "holiday": "*",
    "holidays": "*", "bank holidays": "*", "bank holiday": "*", "public holidays": "*",
    "dias festivos": "*", "dia festivo": "*",
    "nochebuena": "12-24", "noche buena": "12-24", "christmas eve": "12-24",
    "vispera de navidad": "12-24", "vespera de natal": "12-24", "xmas eve": "12-24",
    "navidad": "12-25", "natal": "12-25", "christmas": "12-25", "christmas day": "12-25",
    "xmas": "12-25", "boxing day": "12-26",
    "nochevieja": "12-31", "noche vieja": "12-31", "fin de ano": "12-31", "reveillon": "12-31",
    "new years eve": "12-31", "vispera de ano nuevo": "12-31", "vespera de ano novo": "12-31",
    "ano nuevo": "01-01", "ano novo": "01-01", "new year": "01-01", "new years": "01-01",
    "new years day": "01-01", "dia de reyes": "01-06", "reyes": "01-06", "dia de reis": "01-06",
    "san valentin": "02-14", "valentines day": "02-14", "valentines": "02-14",
    "dia del trabajador": "05-01", "dia do trabalho": "05-01", "dia del trabajo": "05-01",
    "dia do trabalhador": "05-01", "halloween": "10-31", "dia de muertos": "11-02",
    "dia de los muertos": "11-02", "finados": "11-02", "todos los santos": "11-01",
    "viernes santo": "easter-2", "sexta feira santa": "easter-2", "sexta santa": "easter-2",
    "good friday": "easter-2", "jueves santo": "easter-3", "domingo de pascua": "easter+0",
    "pascua": "easter+0", "pascoa": "easter+0", "easter": "easter+0",
    "easter sunday": "easter+0", "easter monday": "easter+1", "corpus christi": "easter+60",
    "carnaval": "easter-47", "carnival": "easter-47",
}  # fmt: skip
_BY_FIRST: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _phrase, _meaning in sorted(_NAMED.items(), key=lambda item: -len(item[0])):
    _said = tuple(_phrase.split())
    _BY_FIRST.setdefault(_said[0], []).append((_said, _meaning))

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NUMERIC = re.compile(
    r"(?<![\d/.,-])(\d{1,2})(?:/(\d{1,2})(?:/(\d{4}|\d{2}))?|-(\d{1,2})-(\d{4}))(?![\d/]|[.,-]\d)"
)
_RANGE = re.compile(
    r"\s*(?:[-–—]|\.\s?-)\s*|(?:\s*(?:\.,?|,))?\s+(?:a|al|ate|hasta|to|thru|through|until)\s+"
)
_LIST = re.compile(r"\s*[,/&+]\s*|(?:\s*,)?\s+(?:y|e|and|o|ou|or)\s+")
#: Between the days of one month: a list or a range; and in English after the month.
_THE = r"(?: (?:el|la|los|o|os|the|d[ií]as?)){0,2}"
_ALSO, _TO = r"y|e|and|o|ou|or", r"a|al|ao|to|hasta|at[eé]|thru|through|until"
_BETWEEN_DAYS = re.compile(rf",|[/&–—-]{_THE}|(?:, )?(?:{_ALSO}|{_TO}){_THE}")
_BETWEEN_LAST = re.compile(rf"[/&–—-]|(?:, )?(?:and|or|{_TO})(?: the)?")
_UNTIL = re.compile(rf"[–—-]{_THE}|(?:, )?(?:{_TO}){_THE}")
_LONGEST_BETWEEN = 30
_TIME_AFTER = re.compile(
    r"\s?(?:[:.]\d|am\b|pm\b|a\.m|p\.m|h\b|hs\b|hrs?\b|h\d|horas?\b)", re.IGNORECASE
)
_ARTICLES = {"el", "la", "los", "las", "o", "os", "as", "the", "on", "na", "nas", "aos", "de"}
_EXCEPT = {"excepto", "menos", "salvo", "exceto", "except", "but"}
#: After these, "mañana" is a part of a day.
_PART_OF_DAY = {"la", "de"}
_DAY_OF_MONTH = {"el", "dia", "dias", "day", "the"}


class Mention(msgspec.Struct, frozen=True):
    """Days that a text names from `start` to `end`.

    `weekdays` Monday 0; `ahead` is days from today; `month` and `day` a date (`month` 0: of the
    month that is meant), `until` the last one (month, day) of several in a row; `easter` days from
    Easter Sunday; `holiday`: any public holiday; `excluded`: these days are excepted from those
    before.
    """

    start: int
    end: int
    weekdays: frozenset[int] = frozenset()
    ahead: int | None = None
    month: int = 0
    day: int = 0
    year: int = 0
    until: tuple[int, int] | None = None
    easter: int | None = None
    holiday: bool = False
    excluded: bool = False

    def on(self, today: date) -> date | None:
        """The date that is meant, from `today` on; None where none is."""
        if self.ahead is not None:
            return today + timedelta(days=self.ahead)
        if self.easter is not None:
            this = _easter(today.year) + timedelta(days=self.easter)
            return this if this >= today else _easter(today.year + 1) + timedelta(days=self.easter)
        return _next_date(self, today) if self.day else None

    def covers(self, asked: date) -> bool:
        """Whether `asked` is the date that is named, or one of those in a row."""
        if not self.day and self.easter is None:
            return False
        if self.until is None:
            return self.on(asked) == asked
        if self.year and self.year not in (asked.year, asked.year - 1):
            return False
        first, last, day = (self.month, self.day), self.until, (asked.month, asked.day)
        return first <= day <= last if first <= last else day >= first or day <= last


def weekday_of(word: str) -> int | None:
    """The day of the week that a word names, Monday 0."""
    return _BY_WORD.get(fold_word(word))


class _Token(msgspec.Struct, frozen=True):
    word: str
    start: int
    end: int


@lru_cache(maxsize=512)
def mentions(text: str) -> tuple[Mention, ...]:
    """The days that a text names, in order; ranges and lists of weekdays in one."""
    tokens = [_Token(fold_word(m[0]), m.start(), m.end()) for m in _TOKEN.finditer(text)]
    found = sorted([*_numeric(text), *_single(tokens, text)], key=lambda mention: mention.start)
    return tuple(_sure(_grouped(found, text), text))


def _numeric(text: str) -> Iterator[Mention]:
    for match in _NUMERIC.finditer(text):
        day, month = int(match[1]), int(match[2] or match[4])
        if month > 12 >= day:
            day, month = month, day
        if 1 <= day <= 31 and 1 <= month <= 12:
            year = int(match[3] or match[5] or 0)
            year += 2000 if 0 < year < 100 else 0
            yield Mention(match.start(), match.end(), month=month, day=day, year=year)


def _single(tokens: Sequence[_Token], text: str) -> Iterator[Mention]:
    months = _months_of_lists(tokens, text)
    at = 0
    while at < len(tokens):
        mention, taken = _at(tokens, at, months)
        if mention is not None:
            yield mention
        at += taken


def _months_of_lists(tokens: Sequence[_Token], text: str) -> dict[int, int]:
    """By the places of day numbers, the month that is said once for all of them: "24, 25 y 31 de
    diciembre", "December 25 and 26"."""
    found: dict[int, int] = {}
    number, month = -1, 0  # the nearest to the right that has a month
    for at in range(len(tokens) - 1, -1, -1):
        if not _ordinal(tokens[at].word):
            continue
        own = _month_after(tokens, at)
        if not own and number >= 0 and _linked(tokens, at, number, text):
            own = month
        if own:
            number, month = at, found.setdefault(at, own)
    number = -1  # the nearest to the left that has the month before it
    for at in range(1, len(tokens)):
        if not _ordinal(tokens[at].word) or at in found:
            continue
        before = _month_before(tokens, at, text)
        if before or (number >= 0 and _linked(tokens, number, at, text, comma=False)):
            found[at] = before or found[number]
            number = at
    return found


def _month_after(tokens: Sequence[_Token], at: int) -> int:
    after = [t.word for t in tokens[at + 1 : at + 3]]
    skipped = 1 if after[:1] in (["de"], ["of"]) else 0
    return _MONTH.get(after[skipped], 0) if len(after) > skipped else 0


def _month_before(tokens: Sequence[_Token], at: int, text: str) -> int:
    """ "December 25", and not "6 de enero, 2 personas"."""
    if text[tokens[at - 1].end : tokens[at].start].strip() or (
        at > 1 and tokens[at - 2].word in {"de", "of"}
    ):
        return 0
    return _MONTH.get(tokens[at - 1].word, 0)


def _linked(
    tokens: Sequence[_Token], one: int, other: int, text: str, *, comma: bool = True
) -> bool:
    """Whether two day numbers stand in one list or range. Without a `comma`: what follows one may
    be an hour ("December 24, 10 am")."""
    if other - one > 3 or _TIME_AFTER.match(text, tokens[other].end):
        return False
    between = _plain_between(text[tokens[one].end : tokens[other].start])
    return bool((_BETWEEN_DAYS if comma else _BETWEEN_LAST).fullmatch(between))


def _plain_between(between: str) -> str:
    return " ".join(between[:_LONGEST_BETWEEN].lower().split())


def _at(tokens: Sequence[_Token], at: int, months: Mapping[int, int]) -> tuple[Mention | None, int]:
    token = tokens[at]
    for said, meaning in _BY_FIRST.get(token.word, ()):
        if tuple(t.word for t in tokens[at : at + len(said)]) == said:
            if said == ("manana",) and at and tokens[at - 1].word in _PART_OF_DAY:
                return None, 1
            last = tokens[at + len(said) - 1]
            return _meant(meaning, token.start, last.end), len(said)
    if found := _written_date(tokens, at, months):
        return found
    day = _BY_WORD.get(token.word)
    if day is None:
        return None, 1
    end, taken = token.end, 1
    if at + 1 < len(tokens) and tokens[at + 1].word in {"feira", "feiras"}:
        end, taken = tokens[at + 1].end, 2
    excluded = any(t.word in _EXCEPT for t in tokens[max(0, at - 2) : at])
    return Mention(token.start, end, weekdays=frozenset({day}), excluded=excluded), taken


def _meant(meaning: str, start: int, end: int) -> Mention:
    if meaning == "*":
        return Mention(start, end, holiday=True)
    if meaning.startswith("+"):
        return Mention(start, end, ahead=int(meaning))
    if meaning.startswith("easter"):
        return Mention(start, end, easter=int(meaning[6:]), holiday=True)
    if "-" in meaning:
        month, day = meaning.split("-")
        return Mention(start, end, month=int(month), day=int(day))
    return Mention(start, end, weekdays=frozenset(map(int, meaning)))


def _written_date(
    tokens: Sequence[_Token], at: int, months: Mapping[int, int]
) -> tuple[Mention, int] | None:
    """ "24 de diciembre", "December 24th", "24th of December", "el 25"."""
    day = _ordinal(tokens[at].word)
    after = [t.word for t in tokens[at + 1 : at + 3]]
    if day:
        if month := _month_after(tokens, at):
            skipped = 1 if after[:1] in (["de"], ["of"]) else 0
            last = tokens[at + 1 + skipped]
            return Mention(tokens[at].start, last.end, month=month, day=day), 2 + skipped
        if at in months:
            return Mention(tokens[at].start, tokens[at].end, month=months[at], day=day), 1
        before = tokens[at - 1].word if at else ""
        if before in _DAY_OF_MONTH and (at + 1 == len(tokens) or not tokens[at + 1].word.isdigit()):
            return Mention(tokens[at].start, tokens[at].end, day=day), 1
    elif tokens[at].word in _MONTH and after and (day := _ordinal(after[0])):
        return Mention(
            tokens[at].start, tokens[at + 1].end, month=_MONTH[tokens[at].word], day=day
        ), 2
    return None


def _ordinal(word: str) -> int:
    if word in {"primero", "primeiro", "first"}:
        return 1
    digits = re.match(r"\d{1,2}(?=(?:st|nd|rd|th|ro|er|o|a|º)?$)", word)
    number = int(digits[0]) if digits else 0
    return number if 1 <= number <= 31 else 0


def _grouped(found: Sequence[Mention], text: str) -> list[Mention]:
    """Weekdays joined by "a" or a dash as a range, by "y" or a comma as a list."""
    groups: list[Mention] = []
    last_day: frozenset[int] = frozenset()
    for mention in found:
        before = groups[-1] if groups else None
        if before is not None and mention.start < before.end:
            continue
        between = text[before.end : mention.start] if before is not None else ""
        if before is not None and _in_a_row(before, mention, between):
            until = (mention.month, mention.day)
            groups[-1] = msgspec.structs.replace(before, end=mention.end, until=until)
            continue
        plain = not (mention.day or mention.ahead is not None or mention.easter is not None)
        joined = None
        if before is not None and plain and not before.day and before.ahead is None:
            joined = _joined(before, last_day, mention, between)
        if joined is None:
            groups.append(mention)
        else:
            groups[-1] = joined
        last_day = mention.weekdays
    return groups


def _in_a_row(before: Mention, mention: Mention, between: str) -> bool:
    """ "del 24 de diciembre al 6 de enero"."""
    dated = before.day and before.month and mention.day and mention.month and not before.until
    return bool(dated) and bool(_UNTIL.fullmatch(_plain_between(between)))


def _joined(
    before: Mention, last_day: frozenset[int], mention: Mention, between: str
) -> Mention | None:
    if len(between) > 20 or before.excluded != mention.excluded:
        return None
    folded = " ".join(
        word for word in re.split(r"(\s+)", between) if fold_word(word) not in _ARTICLES
    )
    folded = re.sub(r"\s+", " ", f"{folded}").replace("é", "e")
    bare = "".join(c if c != "á" else "a" for c in folded)
    if _RANGE.fullmatch(bare) and len(last_day) == 1 and len(mention.weekdays) == 1:
        (first,), (last,) = last_day, mention.weekdays
        days = {(first + step) % 7 for step in range((last - first) % 7 + 1)}
        return msgspec.structs.replace(
            before, end=mention.end, weekdays=before.weekdays | frozenset(days)
        )
    if _LIST.fullmatch(bare) and (before.weekdays or before.holiday):
        return msgspec.structs.replace(
            before,
            end=mention.end,
            weekdays=before.weekdays | mention.weekdays,
            holiday=before.holiday or mention.holiday,
        )
    return None


def _sure(groups: Sequence[Mention], text: str) -> Iterator[Mention]:
    """Without words that only look like a weekday ("la segunda vez", "mar")."""
    for group in groups:
        said = fold_word(text[group.start : group.end].strip())
        if len(group.weekdays) == 1 and said in _UNSURE and not _begins_line(group, text):
            alone = text[max(0, group.start - 4) : group.start].lower().split()
            after = text[group.end :].strip(" ?!.")
            in_portuguese = alone[-1:] in (["na"], ["nas"], ["às"], ["as"])
            if not said.endswith(("a", "as")) or not (in_portuguese or not after):
                continue
            if alone[-1:] in (["la"], ["una"]):
                continue
        yield group


def _begins_line(group: Mention, text: str) -> bool:
    """A short form before hours: "Sáb 9–13", "Seg: fechado"."""
    head = text[: group.start].rpartition("\n")[2].strip(" -*•")
    return (not head or head.endswith((",", ";", "/", "|", ".", "·", ":"))) and bool(
        re.match(r"\.?:?\s*(?:\d|[a-z]{4,})", text[group.end : group.end + 12])
    )


def _next_date(mention: Mention, today: date) -> date | None:
    """The next time that a month's day comes; None for one that no month has."""
    if mention.year and mention.month:
        return _date(mention.year, mention.month, mention.day)
    for step in range(14):
        month0 = (mention.month - 1 if mention.month else today.month - 1) + (
            0 if mention.month else step
        )
        year = today.year + (step if mention.month else month0 // 12)
        found = _date(year, month0 % 12 + 1, mention.day)
        if found is not None and found >= today:
            return found
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian computus (Nature, 20 April 1876)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
