"""The fields of a character as the API takes them."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from recado.assistant.intents.bodies import IntentEngine, Intents
from recado.assistant.policy import (
    LONGEST_MODEL,
    LONGEST_TRIGGER,
    MOST_FALLBACKS,
    MOST_TRIGGER_WORDS,
)
from recado.assistant.versions import LONGEST_NOTE
from recado.http.fields import Body, JsonObject, Text

Name = Annotated[Text, Field(min_length=1, max_length=80, examples=["Aurora"])]
Prompt = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=20_000,
        examples=["You are Aurora, the assistant of Café Aurora. You are warm and brief."],
    ),
]
Description = Annotated[Text, Field(max_length=1000)]
Tone = Annotated[Text, Field(max_length=500, examples=["Warm and brief"])]
Greeting = Annotated[Text, Field(max_length=1000, description="To a first hello")]
Hours = Annotated[
    dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], list[list[Text]]],
    Field(
        description="Spans of each day; a day that is missing is closed",
        examples=[{"tue": [["07:30", "20:00"]], "sun": [["09:00", "14:00"]]}],
    ),
]
TimeZone = Annotated[Text, Field(max_length=60, examples=["Europe/Madrid"])]
Language = Literal["es", "pt", "en"]
Languages = Annotated[list[Language], Field(min_length=1, max_length=3)]
ALL_LANGUAGES: tuple[Language, ...] = get_args(Language)
ModelName = Annotated[
    Text, Field(max_length=LONGEST_MODEL, description='"" is RECADO_MODEL', examples=["embedded"])
]
Rules = Annotated[
    list[JsonObject],
    Field(
        max_length=50,
        description="The first that fits says the model: by `domain` (technical, customer_service,"
        " general), `language`, and by `…_over` and `…_under` for `complexity` (0 to 1), `length`"
        " (characters) and `cost` (US dollars that the conversation has cost today)",
        examples=[[{"model": "openai:gpt-5", "domain": "technical", "complexity_over": 0.8}]],
    ),
]
Sources = Annotated[list[Text], Field(max_length=1000, description="Ids or names; null is all")]
ToolNames = Annotated[
    list[Text],
    Field(
        max_length=200,
        description="Ids or names of the tools that it uses; null is every tool that does not say"
        " whose it is, or names this character",
        examples=[["order_status"]],
    ),
]


Note = Annotated[Text, Field(max_length=LONGEST_NOTE, examples=["Christmas hours"])]
Revision = Annotated[
    int | None,
    Field(
        description="The character's `revision` when you read it: 409 if somebody has changed it"
        " since. Left out: whatever others did"
    ),
]


class HolidayBody(Body):
    """A day unlike its weekday; without `spans` it is closed."""

    date: Annotated[
        Text, Field(max_length=10, description="12-25 is every year's", examples=["2026-12-25"])
    ]
    name: Annotated[Text, Field(max_length=80, examples=["Navidad"])] = ""
    spans: list[list[Text]] = Field(default_factory=list, examples=[[["09:00", "14:00"]]])


class ModelPolicyBody(Body):
    """Models beside `model`: technical and hard questions go to the `strongest`, those of customer
    service to the `cheaper`, unless `model_rules` say otherwise; `fallbacks` are asked in order
    when one gives no answer."""

    cheaper: ModelName = ""
    strongest: ModelName = ""
    fallbacks: Annotated[list[ModelName], Field(max_length=MOST_FALLBACKS)] = Field(
        default_factory=list
    )


class BudgetBody(Body):
    """At most, in a day; null is as much as it takes."""

    dollars: Annotated[float, Field(gt=0, le=1_000_000)] | None = Field(
        default=None, description="US dollars"
    )
    tokens: Annotated[int, Field(ge=1, le=10**12)] | None = None


class BudgetsBody(Body):
    """What providers' models may take in a day: for one conversation, on one line, and for the
    character on all of them; `then` answers once a budget is spent."""

    conversation: BudgetBody = BudgetBody()
    line: BudgetBody = BudgetBody()
    day: BudgetBody = BudgetBody()
    then: Literal["cheaper", "embedded", "person"] = "embedded"


class LimitsBody(Body):
    answer_tokens: int | None = Field(
        default=None, description="How long a provider's model may answer"
    )
    messages: int | None = Field(
        default=None, description="A person takes over when a conversation has had more than these"
    )


class HandoverBody(Body):
    """When a person takes over, beside the installation's own reasons."""

    trigger_words: Annotated[
        list[Annotated[Text, Field(max_length=LONGEST_TRIGGER)]],
        Field(max_length=MOST_TRIGGER_WORDS, description="Words or phrases, each enough by itself"),
    ] = Field(default_factory=list, examples=[["abogado", "factura rectificativa"]])
    matters: list[Text] = Field(
        default_factory=list, description="Always to a person", examples=[["complaint", "returns"]]
    )
    threshold: int | None = Field(default=None, description="null is the installation's")
    department: Annotated[Text, Field(max_length=40)] = Field(default="", examples=["support"])


Holidays = Annotated[list[HolidayBody], Field(max_length=100)]


class NewCharacter(Body):
    name: Name
    prompt: Prompt
    description: Description = ""
    tone: Tone = ""
    greeting: Greeting = ""
    hours: Hours = Field(default_factory=dict)
    time_zone: TimeZone = ""
    holidays: Holidays = Field(default_factory=list)
    languages: Languages = Field(default_factory=lambda: list(ALL_LANGUAGES))
    model: ModelName = ""
    model_settings: JsonObject = Field(default_factory=dict, examples=[{"temperature": 0.4}])
    model_rules: Rules = Field(default_factory=list)
    model_policy: ModelPolicyBody = ModelPolicyBody()
    sources: Sources | None = None
    tools: ToolNames | None = None
    limits: LimitsBody = LimitsBody()
    handover: HandoverBody = HandoverBody()
    intents: Intents = Field(default_factory=list)
    intent_engine: IntentEngine = ""
    budgets: BudgetsBody = BudgetsBody()
    is_default: bool | None = Field(
        None,
        description="It answers where no character is named. Left out: your first character takes"
        " the place of the sample, further ones do not",
    )


class CharacterChange(Body):
    """What is left out stays as it is. All but `is_default` goes into the draft."""

    name: Name | None = None
    prompt: Prompt | None = None
    description: Description | None = None
    tone: Tone | None = None
    greeting: Greeting | None = None
    hours: Hours | None = None
    time_zone: TimeZone | None = None
    holidays: Holidays | None = None
    languages: Languages | None = None
    model: ModelName | None = None
    model_settings: JsonObject | None = None
    model_rules: Rules | None = None
    model_policy: ModelPolicyBody | None = None
    sources: Sources | None = None
    tools: ToolNames | None = None
    limits: LimitsBody | None = None
    handover: HandoverBody | None = None
    intents: Intents | None = None
    intent_engine: IntentEngine | None = None
    budgets: BudgetsBody | None = None
    is_default: bool | None = Field(None, description="This takes effect at once")
    revision: Revision = None

    @model_validator(mode="after")
    def _clears_only_what_may_be_null(self) -> Self:
        empty = [name for name in self.model_fields_set if getattr(self, name) is None]
        for name in empty:
            if name not in ("sources", "tools", "revision"):  # for which null means all
                raise ValueError(f"{name} cannot be null; leave it out to keep it")
        return self
