"""What a character is held to beside its words: models, limits, and when a person takes over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf
from typing import Any, Literal

import msgspec

from recado.errors import BadRequest, Unprocessable
from recado.language.reading import words

#: What a contact may want that a business may keep for its people (language/intent.py).
MATTERS = (
    *("complaint", "cancel", "returns", "warranty", "payment", "invoice", "price", "availability"),
    *("booking", "order_status", "delivery", "hours", "location", "contact"),
)
#: How a department is called; which ones there are, the business says (escalation/departments).
DEPARTMENT_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
#: Of an installation, and of a character.
MOST_TOOLS = 200
MOST_FALLBACKS = 5
MOST_TRIGGER_WORDS = 100
LONGEST_TRIGGER = 100
LONGEST_MODEL = 200


#: What a rule may ask for, and from where on it asks for nothing.
DOMAINS = ("technical", "customer_service", "general")
BOUNDLESS = {"complexity": 2.0, "length": inf, "cost": inf}
RULE_BOUNDS = tuple(BOUNDLESS)
_LANGUAGES = ("", "es", "pt", "en")
_MOST_DOLLARS, _MOST_TOKENS = 1_000_000, 1_000_000_000_000


class ModelRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`model` answers when the question is of `domain` (technical, customer_service, general; ""
    any) and in the `language` ("" any), its complexity (0–1) and its length in characters are
    between the bounds, and so is what the conversation has cost today, in US dollars."""

    model: str
    domain: str = ""
    complexity_over: float = -1.0
    complexity_under: float = 2.0
    language: str = ""
    length_over: float = -1.0
    length_under: float = inf
    cost_over: float = -1.0
    cost_under: float = inf

    def in_words(self) -> str:
        """What it asks for, as a person writes it at the desk: `technical complexity>0.8`."""
        named = [it for it in (self.domain, self.language) if it]
        for name in RULE_BOUNDS:
            over, under = getattr(self, f"{name}_over"), getattr(self, f"{name}_under")
            named += [f"{name}>{over:.10g}"] if over >= 0 else []
            named += [f"{name}<{under:.10g}"] if under < BOUNDLESS[name] else []
        return " ".join(named)


class ModelPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The models beside the character's own: the `cheaper` for everyday questions, the `strongest`
    for hard ones, and the `fallbacks` that are asked, in order, when one gives no answer. "" and
    an empty list: there is none."""

    cheaper: str = ""
    strongest: str = ""
    fallbacks: tuple[str, ...] = ()


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many US dollars and so many tokens a day. None: as many as it takes."""

    dollars: float | None = None
    tokens: int | None = None


class Budgets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What providers' models may take in a day, as the business's clock has it: for one
    conversation, on one line, and for the character on all of them. `then` says who answers when
    one of them is spent: the `cheaper` model (and the embedded one where it fails), the `embedded`
    one, or a `person`."""

    conversation: Budget = Budget()
    line: Budget = Budget()
    day: Budget = Budget()
    then: Literal["cheaper", "embedded", "person"] = "embedded"


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`answer_tokens` is how long a provider's model may answer, `messages` after how many of a
    conversation (both sides' since it was last settled) a person takes it. None: no limit of the
    character's own."""

    answer_tokens: int | None = None
    messages: int | None = None


class HandoverRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a person takes over, beside the installation's own reasons.

    A word or phrase of `trigger_words` (without regard to case and accents) and a matter of
    `matters` (MATTERS) is enough by itself. `threshold` takes the place of the installation's,
    None keeps it. `department` gets every hand-over, "" the one that the words suggest.
    """

    trigger_words: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    threshold: int | None = None
    department: str = ""


def check_rules(rules: Sequence[dict[str, Any]]) -> list[ModelRule]:
    """The rules as typed values. Raises Unprocessable: one of them cannot be understood."""
    try:
        found = msgspec.convert(list(rules), list[ModelRule])
    except msgspec.ValidationError as error:
        raise Unprocessable(f"A model rule is wrong: {error}.") from error
    return found


def check_written_rules(rules: Sequence[dict[str, Any]]) -> None:
    """Raises Unprocessable: a rule cannot be understood, or can never fit."""
    for rule in check_rules(rules):
        if rule.domain not in ("", *DOMAINS):
            raise Unprocessable(f"A model rule is wrong: the domains are {', '.join(DOMAINS)}.")
        if rule.language not in _LANGUAGES:
            raise Unprocessable("A model rule is wrong: the languages are es, pt, en.")


def check_budgets(budgets: Budgets, policy: ModelPolicy) -> None:
    """Raises BadRequest."""
    for it in (budgets.conversation, budgets.line, budgets.day):
        if it.dollars is not None and not 0 < it.dollars <= _MOST_DOLLARS:
            raise BadRequest("A budget is more than 0 US dollars; leave it empty for none.")
        if it.tokens is not None and not 0 < it.tokens <= _MOST_TOKENS:
            raise BadRequest("A budget is at least 1 token; leave it empty for none.")
    if budgets.then == "cheaper" and not policy.cheaper:
        raise BadRequest("Name the cheaper model that answers when a budget is spent.")


def check_models(own: str, policy: ModelPolicy) -> None:
    """Raises BadRequest: a name is no model's name."""
    for name in (own, policy.cheaper, policy.strongest, *policy.fallbacks):
        if len(name) > LONGEST_MODEL or any(char.isspace() for char in name):
            raise BadRequest(
                f"{name[:60]!r} is no model's name. Write it like embedded or openai:gpt-5-mini."
            )
    fallbacks = policy.fallbacks
    if len(fallbacks) > MOST_FALLBACKS or not all(fallbacks):
        raise BadRequest(f"A character has at most {MOST_FALLBACKS} models to fall back on.")
    if len(set(fallbacks)) < len(fallbacks):
        raise BadRequest("A model stands twice among those to fall back on.")


def check_limits(limits: Limits) -> None:
    """Raises BadRequest."""
    if limits.answer_tokens is not None and not 50 <= limits.answer_tokens <= 32_000:
        raise BadRequest("An answer may have 50 to 32,000 tokens; leave it empty for the default.")
    if limits.messages is not None and not 2 <= limits.messages <= 1000:
        raise BadRequest("A limit of messages is 2 to 1,000; leave it empty for none.")


def check_handover(rules: HandoverRules) -> None:
    """Raises BadRequest."""
    if len(rules.trigger_words) > MOST_TRIGGER_WORDS:
        raise BadRequest(f"A character has at most {MOST_TRIGGER_WORDS} trigger words.")
    for phrase in rules.trigger_words:
        if len(phrase) > LONGEST_TRIGGER or not words(phrase):
            raise BadRequest(
                f"A trigger word is a word or a phrase of at most {LONGEST_TRIGGER} characters."
            )
    if set(rules.matters) - set(MATTERS):
        raise BadRequest(f"The matters that may go to a person are {', '.join(MATTERS)}.")
    if rules.threshold is not None and not 1 <= rules.threshold <= 500:
        raise BadRequest("A threshold is 1 to 500; leave it empty for the installation's.")
    if rules.department and not DEPARTMENT_KEY.fullmatch(rules.department):
        raise BadRequest("A department is named by its key, such as sales or after_sales.")
