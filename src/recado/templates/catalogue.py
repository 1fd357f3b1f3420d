"""The templates that are known of a line: found, listed, and put into a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, select

from recado.errors import NotFound, Unprocessable
from recado.store import Tx
from recado.templates.fill import fill
from recado.templates.given import misgiven
from recado.templates.length import too_long
from recado.templates.model import Template
from recado.templates.one_line import problems_in
from recado.templates.render import Preview, render, text_of
from recado.templates.slots import Slot, slots_of

Component = dict[str, Any]


class SlotView(msgspec.Struct, frozen=True):
    """What a template leaves open. `key` names it in `parameters`: `body.1`, `buttons.0`."""

    key: str
    kind: str
    required: bool
    label: str
    example: str


class TemplateView(msgspec.Struct, frozen=True, kw_only=True):
    """A message template as the vendor has it. `components` are in Meta's form, `preview` is how
    the phone shows it before its variables are filled in."""

    id: str
    line_id: str
    provider_id: str
    name: str
    language: str
    category: str
    status: str
    quality: str
    reason: str
    components: list[dict[str, Any]]
    slots: tuple[SlotView, ...]
    preview: dict[str, Any]
    synced_at: float


def list_templates(tx: Tx, line_id: str | None = None) -> list[TemplateView]:
    """By name, then language."""
    query = select(Template.__table__).order_by(Template.name, Template.language)
    if line_id is not None:
        query = query.where(Template.line_id == line_id)
    return [_view(row) for row in tx.all(query)]


def find_template(tx: Tx, line_id: str, name: str, language: str = "") -> TemplateView:
    """The template in that language: the very code, else the same language elsewhere ("es" finds
    es_MX), else, with `language` "", the only one there is. Raises NotFound."""
    query = select(Template.__table__).where(Template.line_id == line_id, Template.name == name)
    rows = tx.all(query.order_by(Template.language))
    found = _in_language(rows, language)
    if found is None:
        known = ", ".join(row.language for row in rows)
        raise NotFound(
            f"The line has no template {name!r} in {language!r}; it has it in {known}."
            if rows
            else f"The line has no template {name!r}. Synchronise its templates first."
        )
    return _view(found)


def _in_language(rows: Sequence[Row[Any]], language: str) -> Row[Any] | None:
    wanted = language.replace("-", "_").lower()
    for row in rows:
        if row.language.lower() == wanted:
            return row
    base = wanted.partition("_")[0]
    approved = sorted(rows, key=lambda row: (row.status != "approved", row.language))
    for row in approved:
        if base and row.language.lower().partition("_")[0] == base:
            return row
    return rows[0] if not wanted and len(rows) == 1 else None


def compose(tx: Tx, line_id: str, given: Any, *, language: str = "") -> tuple[str, Component]:
    """The text and the content of a template message.

    `given` is {"name", "language"?, "parameters"? | "components"?}: parameters are simple values
    (fill.py), components go as they are. `language` is the contact's, for when none is given.
    On a line whose templates were never synchronised one goes as it is, if it brings its own
    components. Raises Unprocessable.
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise Unprocessable("A template message needs template.name.")
    name, asked = given["name"], _code(given.get("language"))
    parameters, components = given.get("parameters"), given.get("components")
    try:
        template = _find(tx, line_id, name, asked, language)
    except NotFound as error:
        # One that nobody here has heard of may be there all the same, where none was synchronised.
        if not asked or parameters or _has_templates(tx, line_id):
            field = "template.name" if asked else "template.language"
            raise Unprocessable(f"{error.detail} ({field})") from error
        sent = _taken(components or [])
        content: Component = {"name": name, "language": asked, "components": sent}
        return "", {"template": content | _marketing(given, "marketing")}
    text, content = compose_of(template, parameters=parameters, components=components)
    content["template"] |= _marketing(given, template.category)
    return text, content


def _has_templates(tx: Tx, line_id: str) -> bool:
    return tx.first(select(Template.id).where(Template.line_id == line_id).limit(1)) is not None


def _marketing(given: Mapping[str, Any], category: str) -> Component:
    """How a template goes as a marketing message, which others cannot. Raises Unprocessable."""
    if given.get("marketing") is None:
        return {}
    if category != "marketing":
        raise Unprocessable(f"`template.marketing` is for marketing templates, not for {category}.")
    return {"marketing": given["marketing"]}


def _find(tx: Tx, line_id: str, name: str, asked: str, language: str) -> TemplateView:
    if asked or not language:
        return find_template(tx, line_id, name, asked)
    try:
        return find_template(tx, line_id, name, language)
    except NotFound:
        return find_template(tx, line_id, name)


def compose_of(
    template: TemplateView,
    *,
    parameters: Mapping[str, Any] | list[Any] | None = None,
    components: list[Component] | None = None,
) -> tuple[str, Component]:
    """The same for a template that was found. Raises Unprocessable."""
    if template.status not in ("approved", "unknown"):
        reason = f" ({template.reason})" if template.reason else ""
        raise Unprocessable(
            f"The template {template.name} ({template.language}) is {template.status}{reason}:"
            " only approved ones may be sent."
        )
    sent, preview = fill_in(template, parameters=parameters, components=components)
    content = {
        "template": {
            "name": template.name,
            "language": template.language,
            "category": template.category,
            "provider_id": template.provider_id,
            "components": sent,
        },
        "preview": preview,
    }
    return text_of(preview), content


def fill_in(
    template: TemplateView,
    *,
    parameters: Mapping[str, Any] | list[Any] | None = None,
    components: list[Component] | None = None,
) -> tuple[list[Component], Preview]:
    """The message's components, and how the phone shows them. Raises Unprocessable."""
    if components is None:
        given = {"body": parameters} if isinstance(parameters, list) else parameters
        components = fill(template.components, given or {})
    elif parameters:
        raise Unprocessable("Give `parameters` or `components`, not both.")
    components = _taken(components)
    preview = render(template.components, components)
    if problems := [*misgiven(template.components, components), *too_long(preview)]:
        raise Unprocessable(f"The template's values: {'; '.join(problems[:20])}.")
    return components, preview


def _taken(components: Any) -> list[Component]:
    """Raises Unprocessable: they are none, or hold a value that Meta would refuse later."""
    if not (isinstance(components, list) and all(isinstance(it, dict) for it in components)):
        raise Unprocessable("`components` is a list of objects, as Meta's pages have them.")
    if problems := [*problems_in(components)]:
        raise Unprocessable(f"The template's values: {'; '.join(problems[:20])}.")
    return components


def _code(language: Any) -> str:
    code = language.get("code") if isinstance(language, Mapping) else language
    return str(code or "")


def _view(row: Row[Any]) -> TemplateView:
    components = [item for item in row.components or () if isinstance(item, dict)]
    return TemplateView(
        id=row.id,
        line_id=row.line_id,
        provider_id=row.provider_id,
        name=row.name,
        language=row.language,
        category=row.category,
        status=row.status,
        quality=row.quality,
        reason=row.reason,
        components=components,
        slots=tuple(_slot_view(slot) for slot in slots_of(components)),
        preview=render(components),
        synced_at=row.synced_at,
    )


def _slot_view(slot: Slot) -> SlotView:
    return SlotView(slot.key, slot.kind, slot.required, slot.label, slot.example)
