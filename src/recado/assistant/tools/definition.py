"""What a tool is: what it is for, what it takes, what it does, and how it is reached.

effect      reads: it may be asked again · changes: something is different afterwards
confirms    the contact is asked for a yes before it is called
examples    how contacts ask for it, with `{number}` where a parameter stands: by these the
            embedded model knows it ("¿dónde está mi pedido {number}?")
answers     what the contact is told of the result, a language each, with `{{ status }}`
config      how it is reached, by its kind (http.py, mcp.py, python.py, template.py)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from recado.assistant.tools import http, mcp, python, template
from recado.assistant.tools.filling import check_template
from recado.assistant.tools.schema import check_parameters
from recado.errors import BadRequest, Unprocessable

Kind = Literal["http", "mcp", "python", "template"]
Effect = Literal["reads", "changes"]
LANGUAGES = ("es", "pt", "en")
MOST_EXAMPLES = 50
#: The calls that a model may always make, whatever tools there are.
HAND_OVER = "hand_over"
_RESERVED = {HAND_OVER, "final_result"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SLOT = re.compile(r"\{([\w.-]{1,64})\}")


class NewTool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a tool is made with. `confirms` None: as `changes` does. `characters` None: every
    character has it. `honours_keys`: the other side does a thing once, however often it is asked
    for under the same key. `secret` is only ever written."""

    name: str
    title: str = ""
    description: str = ""
    kind: Kind = "http"
    effect: Effect = "reads"
    confirms: bool | None = None
    honours_keys: bool = True
    timeout_seconds: float = 10.0
    parameters: dict[str, Any] = {}
    config: dict[str, Any] = {}
    examples: tuple[str, ...] = ()
    confirmations: dict[str, str] = {}
    answers: dict[str, str] = {}
    characters: tuple[str, ...] | None = None
    enabled: bool = True
    secret: str = ""


class ToolView(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as it is stored, without its secret. Times are Unix seconds."""

    id: str
    name: str
    title: str
    description: str
    kind: Kind
    effect: Effect
    confirms: bool
    honours_keys: bool
    timeout_seconds: float
    parameters: dict[str, Any]
    config: dict[str, Any]
    examples: tuple[str, ...]
    confirmations: dict[str, str]
    answers: dict[str, str]
    characters: tuple[str, ...] | None
    enabled: bool
    has_secret: bool
    created_at: float
    updated_at: float

    @property
    def label(self) -> str:
        return self.title or self.name.replace("_", " ")

    @property
    def changes(self) -> bool:
        return self.effect == "changes"

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """Its parameters by name."""
        found: Mapping[str, Mapping[str, Any]] = self.parameters.get("properties", {})
        return found

    def is_of(self, character_id: str) -> bool:
        """Whether the character uses it."""
        return self.enabled and (self.characters is None or character_id in self.characters)


#: What a kind checks in its config: the config, the names of the parameters.
_CHECKS: dict[str, Callable[[dict[str, Any], set[str]], dict[str, Any]]] = {
    "http": http.check_config,
    "mcp": mcp.check_config,
    "python": python.check_config,
    "template": template.check_config,
}


def check_tool(values: Mapping[str, Any]) -> dict[str, Any]:
    """A tool's values as they are stored, but for the secret. Raises BadRequest, Unprocessable."""
    try:
        tool = msgspec.convert(dict(values), NewTool, strict=True)
    except msgspec.ValidationError as error:
        raise BadRequest(f"The tool is wrong: {error}.") from error
    if not _NAME.fullmatch(tool.name) or tool.name in _RESERVED:
        raise Unprocessable(
            "A tool's name has 1 to 63 small letters, digits and underscores, such as"
            " order_status, and begins with a letter."
        )
    if not 0.5 <= tool.timeout_seconds <= 60:
        raise Unprocessable("A tool's time limit is 0.5 to 60 seconds.")
    if len(tool.title) > 80 or len(tool.description) > 2000 or len(tool.secret) > 4000:
        raise Unprocessable("Title: 80 characters at most; description: 2,000; secret: 4,000.")
    parameters = check_parameters(tool.parameters)
    names = set(parameters["properties"])
    if tool.kind == template.KIND:  # it says something, which may be said without a yes
        tool = msgspec.structs.replace(tool, effect="changes", confirms=bool(tool.confirms))
    stored = msgspec.structs.asdict(tool) | {
        "confirms": tool.effect == "changes" if tool.confirms is None else tool.confirms,
        "parameters": parameters,
        "config": _CHECKS[tool.kind](tool.config, names),
        "examples": _examples(tool.examples, names),
        "confirmations": _texts(tool.confirmations, names, "The confirmation"),
        "answers": _texts(tool.answers, None, "The answer"),
        "characters": None if tool.characters is None else list(tool.characters),
    }
    del stored["secret"]
    return stored


def _examples(given: tuple[str, ...], names: set[str]) -> list[str]:
    examples = [text for it in given if (text := " ".join(it.split()))]
    if len(examples) > MOST_EXAMPLES or any(len(it) > 300 for it in examples):
        raise Unprocessable(f"Up to {MOST_EXAMPLES} examples, of 300 characters at most.")
    slots = {name for example in examples for name in _SLOT.findall(example)}
    if slots - names:
        raise Unprocessable(
            f"The examples name {', '.join(sorted(slots - names))}, which is no parameter."
        )
    return examples


def _texts(given: dict[str, str], names: set[str] | None, where: str) -> dict[str, str]:
    if set(given) - set(LANGUAGES):
        raise Unprocessable(f"{where} is given by language: {', '.join(LANGUAGES)}.")
    texts = {code: text.strip() for code, text in given.items() if text.strip()}
    for text in texts.values():
        if len(text) > 2000:
            raise Unprocessable(f"{where} has 2,000 characters at most.")
        if names is not None:
            check_template(text, names, where)
    return texts


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in a language, else in the first that there is; "" where there is none."""
    return texts.get(language) or next(iter(texts.values()), "")
