"""An intent as the API takes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from recado.assistant.intents.definition import (
    LONGEST_EXAMPLE,
    LONGEST_TEXT,
    MINUTES,
    MOST_EXAMPLES,
    MOST_INTENTS,
)
from recado.assistant.intents.lex.bot import LONGEST as LONGEST_ENGINE
from recado.assistant.slots.definition import LONGEST_TEXT as LONGEST_QUESTION
from recado.assistant.slots.definition import MOST_CHOICES, MOST_SLOTS, MOST_WORDS, Kind
from recado.http.fields import Body, Text

Name = Annotated[Text, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Language = Literal["es", "pt", "en"]
Short = Annotated[Text, Field(max_length=60)]
Texts = dict[Language, Annotated[Text, Field(max_length=LONGEST_TEXT)]]


class ChoiceBody(Body):
    value: Annotated[Short, Field(min_length=1, examples=["Corte"])]
    words: Annotated[
        list[Short], Field(max_length=MOST_WORDS, description="What else people call it")
    ] = Field(default_factory=list)


class SlotBody(Body):
    """A value that is asked for. `least` and `most` bound a number, an amount, or the length of a
    text; a date lies from today on unless `past`, and at most `days_ahead` days."""

    name: Name
    kind: Kind = "text"
    title: dict[Language, Short] = Field(default_factory=dict, examples=[{"es": "Servicio"}])
    question: dict[Language, Annotated[Text, Field(max_length=LONGEST_QUESTION)]] = Field(
        default_factory=dict, examples=[{"es": "¿Qué te hacemos?"}]
    )
    required: bool = Field(
        default=True, description="What need not be is asked for once, where it has a question"
    )
    choices: Annotated[list[ChoiceBody], Field(max_length=MOST_CHOICES)] = Field(
        default_factory=list, description="Of a choice"
    )
    least: float | None = None
    most: float | None = None
    currency: Annotated[Text, Field(max_length=8, examples=["€"])] = ""
    past: bool = False
    days_ahead: int | None = None
    leads: Annotated[list[Short], Field(max_length=20)] = Field(
        default_factory=list, description="Words after which a text stands", examples=[["a nombre"]]
    )


class EndingBody(Body):
    """What happens when all is known and confirmed; the event `intent_completed` always."""

    answers: Texts = Field(default_factory=dict, examples=[{"es": "Te esperamos el {{ day }}."}])
    tool: Annotated[Text, Field(max_length=63)] = Field(
        default="", description="Called by its name, with the slots named like its parameters"
    )
    hands_over: bool = Field(default=False, description="To a person, with the data")
    department: Annotated[Text, Field(max_length=40)] = ""


class IntentBody(Body):
    """What a character does step by step; the texts are given by language."""

    name: Annotated[Name, Field(examples=["book"])]
    title: dict[Language, Annotated[Text, Field(max_length=80)]] = Field(default_factory=dict)
    examples: dict[
        Language,
        Annotated[
            list[Annotated[Text, Field(max_length=LONGEST_EXAMPLE)]],
            Field(max_length=MOST_EXAMPLES),
        ],
    ] = Field(examples=[{"es": ["quiero una cita", "quiero {service} para {day}"]}])
    slots: Annotated[list[SlotBody], Field(max_length=MOST_SLOTS)] = Field(default_factory=list)
    confirms: bool = Field(default=True, description="The contact is asked for a yes at the end")
    confirmations: Texts = Field(
        default_factory=dict, examples=[{"es": "{{ service }} el {{ day }}. ¿Lo reservo?"}]
    )
    ending: EndingBody = EndingBody()
    minutes: int = Field(default=MINUTES, description="A silence of so long ends it")


Intents = Annotated[
    list[IntentBody],
    Field(max_length=MOST_INTENTS, description="Structured talk: docs/guide/intents.md"),
]

IntentEngine = Annotated[
    Text,
    Field(
        max_length=LONGEST_ENGINE,
        description="Who leads structured talk: empty is the embedded engine, lex:BOTID/ALIASID a"
        " bot of Amazon Lex",
        examples=["lex:ABCDEFGHIJ/TSTALIASID es=es_ES"],
    ),
]
