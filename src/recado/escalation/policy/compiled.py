"""The policy that a turn is judged by: thresholds, weights and words, ready to be looked for.

It begins as the settings say (settings.py), goes on with what the business has published, for a
line and for a character (rules.py), and ends with the character's own rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from recado.assistant.policy import HandoverRules, Limits
from recado.escalation.policy.rules import PolicyRules
from recado.language.insults import has_insult, insults_in
from recado.language.intent import COMPLEX
from recado.language.lexicon import Match, PhraseMatcher, read_sections
from recado.language.own import asks_in_general
from recado.language.persons import asks_for_person, person_words
from recado.language.reading import LEFT_OUT, word_spans, words

_LISTS = {name: tuple(patterns) for name, patterns in read_sections("triggers")}
DECLINED = _LISTS.pop("declined")
#: Lists of words that count for nothing where only the rules are asked of.
OF_RULES = " rules"
TRIGGER_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(_LISTS)
#: How long nobody may have written for the matter to be still the same.
SILENCE_HOURS = 24.0
#: So much of what was found is kept beside a reason.
_MOST_QUOTED, _LONGEST_QUOTED = 5, 80


def _matcher(patterns: Iterable[str]) -> PhraseMatcher[bool]:
    return PhraseMatcher((pattern, True) for pattern in patterns)


@dataclass(frozen=True)
class EscalationPolicy:
    """The threshold, the limits and the weights of the score; the defaults are the documented.

    ``weights`` maps a reason's code to a weight other than its own (reasons.py).

    ``trigger_words`` maps a language to patterns in the notation of ``language.lexicon``; plain
    words and phrases are patterns, matched as whole words without regard to case and accents. All
    languages are looked for in every text, because customers mix them. Those of a language and
    " rules" do not count where only what goes for everybody is asked. ``ignored_words`` are
    patterns, too: what they match is no trigger word, and part of none.

    ``person_requests`` are more patterns of demands for a person, besides what `language.persons`
    recognises.

    The matter goes on until nobody has written for ``silence_hours``.

    What only a character's own rules say (`under_rules`): ``own_words`` and ``own_matters`` go to a
    person at once, and so does whatever is said after ``most_messages``; ``department`` gets it.
    """

    threshold: int = 50
    weights: Mapping[str, int] = field(default_factory=dict)
    negative_sentiment_over: float = 0.8
    confidence_under: float = 0.6
    messages_over: int = 15
    complexity_over: float = COMPLEX
    silence_hours: float = SILENCE_HOURS
    trigger_words: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: TRIGGER_WORDS)
    ignored_words: tuple[str, ...] = ()
    person_requests: tuple[str, ...] = ()
    own_words: tuple[str, ...] = ()
    own_matters: frozenset[str] = frozenset()
    most_messages: int | None = None
    department: str = ""
    _triggers: PhraseMatcher[bool] = field(init=False, repr=False, compare=False)
    _rules: PhraseMatcher[bool] = field(init=False, repr=False, compare=False)
    _ignored: PhraseMatcher[bool] = field(init=False, repr=False, compare=False)
    _requests: PhraseMatcher[bool] = field(init=False, repr=False, compare=False)
    _own: PhraseMatcher[bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lists: dict[bool, list[str]] = {True: [], False: []}
        for name, patterns in self.trigger_words.items():
            lists[name.endswith(OF_RULES)].extend(patterns)
        object.__setattr__(self, "_triggers", _matcher(lists[False]))
        object.__setattr__(self, "_rules", _matcher(lists[True]))
        object.__setattr__(self, "_ignored", _matcher(self.ignored_words))
        object.__setattr__(self, "_requests", _matcher(self.person_requests))
        object.__setattr__(self, "_own", _matcher(self.own_words))

    def has_trigger_word(self, text: str) -> bool:
        """Whether ``text`` holds a trigger word that it does not take back, and asks of more than
        the rules that go for everybody."""
        return bool(self.trigger_words_in(text))

    def trigger_words_in(self, text: str) -> tuple[str, ...]:
        """Those words, as they stand in ``text``."""
        text = self.counted(text)
        found = _said(self._rules, text)
        if found and asks_in_general(text):
            found = []
        return quoted(text, found + _said(self._triggers, text))

    def has_insult(self, text: str) -> bool:
        """Whether ``text`` holds an insult that is none of the words that never count."""
        return has_insult(self.counted(text))

    def insults_in(self, text: str) -> tuple[str, ...]:
        """Those that stand in ``text`` undisguised, as they stand there."""
        text = self.counted(text)
        return quoted(text, insults_in(words(text)))

    def asks_for_person(self, text: str) -> bool:
        """Whether ``text`` demands a human being, as everybody says it or in words of one's own."""
        return asks_for_person(text) or bool(_said(self._requests, text))

    def person_words_in(self, text: str) -> tuple[str, ...]:
        """The words that demand one, as they stand in ``text``."""
        return person_words(text) or quoted(text, _said(self._requests, text))

    def has_own_word(self, text: str) -> bool:
        """Whether ``text`` holds a word that the character gives to a person."""
        return bool(_said(self._own, text))

    def own_words_in(self, text: str) -> tuple[str, ...]:
        return quoted(text, _said(self._own, text))

    def counted(self, text: str) -> str:
        """``text`` without the words that never count."""
        if not self.ignored_words or not (found := self._ignored.find(words(text))):
            return text
        read, spans = word_spans(text)
        for match in reversed(found):
            begin, end = spans[match.start][0], spans[match.end - 1][1]
            read = read[:begin] + LEFT_OUT + read[end:]
        return read

    def with_rules(self, rules: PolicyRules) -> EscalationPolicy:
        """The same policy with what `rules` say in the place of what it said; their words come to
        its own."""
        given = {
            name: value
            for name in ("threshold", *FIGURES)
            if (value := getattr(rules, name)) is not None
        }
        triggers = dict(self.trigger_words) if rules.bundled_words is not False else {}
        for language, patterns in rules.words.items():
            triggers[language] = (*triggers.get(language, ()), *patterns)
        return replace(
            self,
            weights={**self.weights, **rules.weights},
            trigger_words=triggers,
            ignored_words=(*self.ignored_words, *rules.ignored_words),
            **given,
        )

    def under_rules(self, rules: HandoverRules, limits: Limits) -> EscalationPolicy:
        """The same policy for a character with rules of its own."""
        return replace(
            self,
            threshold=self.threshold if rules.threshold is None else rules.threshold,
            # A person wrote them, not in the notation of patterns: only their words count.
            own_words=tuple(" ".join(words(phrase)) for phrase in rules.trigger_words),
            own_matters=frozenset(rules.matters),
            most_messages=limits.messages,
            department=rules.department,
        )


#: What of a policy is one figure, beside its threshold.
FIGURES = (
    *("negative_sentiment_over", "confidence_under", "messages_over"),
    *("complexity_over", "silence_hours"),
)
_declined = _matcher(DECLINED)


def _said(matcher: PhraseMatcher[bool], text: str) -> list[Match[bool]]:
    """What it finds and ``text`` does not take back."""
    said = words(text)
    found = matcher.find(said)
    if not found:
        return []
    taken_back = {match.end for match in _declined.find(said)}
    return [match for match in found if match.start not in taken_back]


def quoted(text: str, found: Iterable[Match[Any]]) -> tuple[str, ...]:
    """What was found as it stands in ``text``: the first few, each once."""
    matches = list(found)
    if not matches:
        return ()
    read, spans = word_spans(text)
    said = (read[spans[it.start][0] : spans[it.end - 1][1]] for it in matches)
    short = (" ".join(it.split())[:_LONGEST_QUOTED] for it in said)
    return tuple(dict.fromkeys(short))[:_MOST_QUOTED]


DEFAULT_POLICY = EscalationPolicy()
