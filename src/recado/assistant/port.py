"""The model port: what a turn asks, and what it gets back.

A model is given the question with its context and answers from the character's knowledge. It
never writes to the store; the turn does, afterwards, in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from recado.assistant.intents.definition import Intent
from recado.assistant.policy import Budgets, HandoverRules, Limits, ModelPolicy
from recado.calendars.week import Holiday

#: An answer of at most this confidence says that the model does not know.
UNKNOWN_CONFIDENCE = 0.3


class ContextMessage(msgspec.Struct, frozen=True):
    """One earlier message. `at` is Unix seconds; `system` carries the summary of older ones;
    `about` is what the message refers to (turns/references.py)."""

    role: Literal["user", "assistant", "agent", "system"]
    content: str
    at: float
    type: str = "text"
    confidence: float | None = None
    about: tuple[str, ...] = ()


class Persona(msgspec.Struct, frozen=True):
    """The character as a turn needs it, one version of it: `version` is its number, 0 of a draft.
    `time_zone` (IANA's name) is the business's, "" where it is this machine's. `neutral`: the
    business has given it no name; it is then the assistant of the `business`, "" where that has
    none either."""

    id: str
    name: str
    prompt: str
    tone: str = ""
    greeting: str = ""
    hours: dict[str, tuple[tuple[str, ...], ...]] = {}
    time_zone: str = ""
    neutral: bool = False
    business: str = ""
    languages: tuple[str, ...] = ("es", "pt", "en")
    model: str = ""
    model_settings: dict[str, Any] = {}
    model_rules: tuple[dict[str, Any], ...] = ()
    sources: tuple[str, ...] | None = None
    tools: tuple[str, ...] | None = None
    version: int = 0
    holidays: tuple[Holiday, ...] = ()
    model_policy: ModelPolicy = ModelPolicy()
    limits: Limits = Limits()
    handover: HandoverRules = HandoverRules()
    intents: tuple[Intent, ...] = ()
    intent_engine: str = ""
    budgets: Budgets = Budgets()


class ToolSpec(msgspec.Struct, frozen=True):
    """A tool as a model is told of it; `parameters` is a JSON Schema."""

    name: str
    description: str
    parameters: dict[str, Any]


class ToolExchange(msgspec.Struct, frozen=True):
    """A call that was made in this turn, and what came of it, as data for the model."""

    id: str
    name: str
    arguments: dict[str, Any]
    told: str


class ToolBox(Protocol):
    """The tools that a model may call in one turn."""

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """All of them."""

    @property
    def exchanges(self) -> Sequence[ToolExchange]:
        """What was called so far, also by an earlier try of the turn."""

    @property
    def has_changed(self) -> bool:
        """Whether something was changed by it, which the contact has to hear of."""

    async def call(self, name: str, arguments: Any, call_id: str) -> str | Answer:
        """What the tool says, as data; or the answer that ends the turn: a question for a yes, or
        a person. Whatever is wrong with a call is told in words, nothing is raised."""


class SendableFile(msgspec.Struct, frozen=True):
    """A file of knowledge that customers may be sent; `title` is what they are told it is.
    `media_id` and what follows are of the file itself, as the business gave it."""

    source_id: str
    source_name: str
    title: str
    language: str
    media_id: str
    mime_type: str
    filename: str
    size_bytes: int
    sha256: str


class Question(msgspec.Struct, frozen=True):
    """All that the contact has said since the last answer, with what came before.

    `text` joins the burst line by line; `history` is oldest first and ends before the burst.
    `language` is the detected one (es, pt, en). `about` is what the messages refer to, line by
    line: a quoted message, an order, an ad, a form (turns/references.py). `tools` are those that
    the model may call. `facts` are kinds and values of what is known about the contact.
    """

    persona: Persona
    text: str
    language: str
    history: Sequence[ContextMessage] = ()
    contact_name: str = ""
    facts: Sequence[tuple[str, str]] = ()
    about: tuple[str, ...] = ()
    tools: ToolBox | None = None
    files: tuple[SendableFile, ...] = ()


class SourceQuote(msgspec.Struct, frozen=True):
    """Where an answer comes from, as the desk shows it. `score` is 0–1."""

    source_id: str
    source_name: str
    heading: str
    quote: str
    score: float


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with an answer: the code of a check (quality/checks.py), and what it found."""

    code: str
    detail: str = ""


class Answer(msgspec.Struct, frozen=True):
    """`text` is Markdown (formatted for the channel later). `confidence` is 0–1.

    `known` is False when the model says that it does not know; `asked_for_person` when the
    contact wants one. `missed` is what was asked and nothing known answers, each question by
    itself; empty where a model does not tell them apart. `cost` is in US dollars, None when the
    price is not known.

    `confirms` is the call of a tool (its id in the ledger) to which the contact is asked for a yes;
    `taps` are answers to its question that may be tapped, their ids and titles.
    `settled`: it tells of something that is done, and is said whatever else comes of the turn.

    `faults` are for what it is not sent (quality/checks.py); `mended` were those of a first one.
    `files` go with it, each as a message of its own: some of those of the question.
    """

    text: str
    confidence: float
    model: str
    sources: Sequence[SourceQuote] = ()
    known: bool = True
    missed: Sequence[str] = ()
    asked_for_person: bool = False
    intent: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    confirms: str = ""
    settled: bool = False
    taps: Sequence[tuple[str, str]] = ()
    faults: Sequence[Fault] = ()
    mended: Sequence[Fault] = ()
    files: tuple[SendableFile, ...] = ()


class Model(Protocol):
    name: str

    async def answer(self, question: Question) -> Answer:
        """Answer within the model's time limit.

        Raises ModelUnavailable (time-out, 429, 5xx, malformed answer: retry, then hand over) and
        ModelRefused (key, quota, bad request: hand over), ModelBusy (too many wait for it: ask
        again soon).
        """

    async def summarise(self, messages: Sequence[ContextMessage], language: str) -> str:
        """A short summary of `messages` in `language`, for context and hand-overs."""

    async def close(self) -> None:
        """Release connections."""
