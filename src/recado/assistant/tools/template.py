"""Tools that send a template of the line in the conversation: a catalogue, a form, a voucher.

Nothing is sent from here. A call is checked and stands in the ledger; what the turn then says
carries the message (turns/templates_sent.py), so that both are written at once, and once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import func, select

from recado.assistant.model import ToolCall
from recado.conversations.asked import refuse_marketing
from recado.conversations.model import Conversation
from recado.errors import Conflict, NotFound, ToolRefused, Unprocessable
from recado.store import Store, Tx, now
from recado.templates.catalogue import TemplateView, compose_of, find_template

KIND = "template"
#: So often one tool sends its template in one conversation within a day.
MOST_A_DAY = 3
_DAY = 86_400.0
_NAME = re.compile(r"[\w.-]{1,512}")


class TemplateConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`template` is its name on the line. `language` "": the conversation's. `values` are its
    variables by key ("body.1", or "1" for short), each with the parameter that fills it; a
    parameter that is not there fills the variable of its own name."""

    template: str
    language: str = ""
    values: dict[str, str] = {}


def check_config(config: dict[str, Any], parameters: set[str]) -> dict[str, Any]:
    """Raises Unprocessable: it names no template, or parameters that there are not."""
    try:
        checked = msgspec.convert(config, TemplateConfig)
    except msgspec.ValidationError as error:
        raise Unprocessable(f"The template is wrong: {error}.") from error
    if not _NAME.fullmatch(checked.template) or len(checked.language) > 20:
        raise Unprocessable("Name the template as the line has it, such as spring_catalogue.")
    if unknown := set(checked.values.values()) - parameters:
        raise Unprocessable(
            f"The template's values name {', '.join(sorted(unknown))}, which is no parameter."
        )
    return msgspec.to_builtins(checked)  # type: ignore[no-any-return]


class Templates:
    """How tools of this kind are reached: a Reach (calling.py)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def call(
        self, config: Mapping[str, Any], arguments: Mapping[str, Any], *, secret: str, key: str
    ) -> Any:
        """What is to be sent, once it is sure that it may be. Raises ToolRefused."""
        return await self._store.read(lambda tx: _checked(tx, config, arguments, key))


def _checked(
    tx: Tx, config: Mapping[str, Any], arguments: Mapping[str, Any], key: str
) -> dict[str, Any]:
    call = tx.first(
        select(
            ToolCall.tool_id,
            Conversation.id,
            Conversation.line_id,
            Conversation.contact_id,
            Conversation.language,
        )
        .join(Conversation, Conversation.id == ToolCall.conversation_id)
        .where(ToolCall.key == key)
    )
    if call is None:
        raise ToolRefused("A template is sent in a conversation only.", reason="setup")
    sent = select(func.count()).where(
        ToolCall.conversation_id == call.id,
        ToolCall.tool_id == call.tool_id,
        ToolCall.state == "done",
        ToolCall.created_at > now() - _DAY,
    )
    if (tx.scalar(sent) or 0) >= MOST_A_DAY:
        raise ToolRefused(f"It was sent {MOST_A_DAY} times here within a day.")
    try:
        text, content = composed(tx, call.line_id, config, arguments, language=call.language)
        refuse_marketing(tx, call.contact_id, content)
    except (NotFound, Unprocessable, Conflict) as error:
        raise ToolRefused(error.detail) from error
    template = content["template"]
    return {"template": template["name"], "language": template["language"], "text": text[:1000]}


def composed(
    tx: Tx,
    line_id: str,
    config: Mapping[str, Any],
    arguments: Mapping[str, Any],
    *,
    language: str,
) -> tuple[str, dict[str, Any]]:
    """The text and the content of the message. Raises NotFound, and Unprocessable: the template is
    not approved, or its values do not fit."""
    asked = msgspec.convert(dict(config), TemplateConfig)
    template = _found(tx, line_id, asked, language)
    if template.status != "approved":
        raise Unprocessable(f"The template {template.name} is {template.status}, not approved.")
    slots = {slot.key for slot in template.slots}
    own = {it: it for it in arguments if it not in asked.values.values()}
    given = {
        slot if slot in slots else f"body.{slot}": arguments[name]
        for slot, name in {**own, **asked.values}.items()
        if name in arguments
    }
    return compose_of(template, parameters=given)


def _found(tx: Tx, line_id: str, asked: TemplateConfig, language: str) -> TemplateView:
    if asked.language:
        return find_template(tx, line_id, asked.template, asked.language)
    try:
        return find_template(tx, line_id, asked.template, language)
    except NotFound:
        return find_template(tx, line_id, asked.template)
