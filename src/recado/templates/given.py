"""Components that somebody gives in Meta's form, looked at beside the template that they are for:
Meta refuses another number of values than it has variables (its error 132000), and a text that is
none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from recado.templates.slots import Component, kind_of, objects_in, slots_of, variables_in

_TEXTED = ("HEADER", "BODY")


def misgiven(template: Sequence[Component], given: Sequence[Component]) -> Iterator[str]:
    """What is missing, too many or no text of it, in words."""
    parts = {kind_of(it): objects_in(it.get("parameters")) for it in given}
    pressed = {str(it.get("index")) for it in given if kind_of(it) == "BUTTON"}
    for component in template:
        kind = kind_of(component)
        yield from _lacking(component, parts.get(kind, []), pressed)
        names = variables_in(str(component.get("text") or "")) if kind in _TEXTED else []
        values = parts.get(kind, [])
        if kind == "BODY" or names:
            yield from _counted(kind.lower(), names, values)
    for kind, values in parts.items():
        for number, value in enumerate(values, 1):
            if str(value.get("type") or "").lower() == "text" and not _is_text(value.get("text")):
                yield f"{kind.lower()}.{number} must be a text"


def _lacking(
    component: Component, values: Sequence[Component], pressed: Collection[str]
) -> Iterator[str]:
    """The file or place of a header, and what a button cannot do without."""
    for slot in slots_of([component]):
        place, _, index = slot.key.partition(".")
        if (slot.key == "header" and not values) or (
            place == "buttons"
            and (slot.required or slot.kind == "code")  # a one-time code goes to both places
            and index not in pressed
        ):
            yield f"{slot.key} is missing"


def _counted(part: str, names: Sequence[str], values: Sequence[Component]) -> Iterator[str]:
    named = {it.get("parameter_name") for it in values} - {None}
    lacking = [n for n in names if n not in named] if named else names[len(values) :]
    yield from (f"{part}.{name} is missing" for name in lacking)
    if not lacking and len(values) > len(names):
        yield f"{part} has {len(values)} values, and the template has {len(names)} variables there"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
