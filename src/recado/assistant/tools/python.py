"""Tools that are Python functions, which another package offers by an entry point.

    [project.entry-points."recado.tools"]
    stock = "my_shop.tools:stock"

The function takes the arguments by their names, and the idempotency key where it has a parameter
`idempotency_key`; it may be async. What it returns is JSON. It runs in Recado's own process: only
what an operator has installed is found.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import msgspec

from recado.errors import ToolRefused, ToolUnknown, Unprocessable

GROUP = "recado.tools"
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


class PythonConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entry_point: str


def check_config(config: dict[str, Any], parameters: set[str]) -> dict[str, Any]:
    """Raises Unprocessable: it names no entry point."""
    try:
        checked = msgspec.convert(config, PythonConfig)
    except msgspec.ValidationError as error:
        raise Unprocessable(f"The function is wrong: {error}.") from error
    if not checked.entry_point.strip() or len(checked.entry_point) > 200:
        raise Unprocessable(f"Name the entry point, of the group {GROUP}.")
    return {"entry_point": checked.entry_point.strip()}


class Functions:
    """The functions by name. `offered` are those beside the installed packages' (for tests)."""

    def __init__(self, offered: Mapping[str, Callable[..., Any]] | None = None) -> None:
        self._offered = dict(offered or {})

    def names(self) -> list[str]:
        """All that there are."""
        return sorted({*self._offered, *(it.name for it in entry_points(group=GROUP))})

    def get(self, name: str) -> Callable[..., Any]:
        """Raises ToolRefused: it is not installed, or cannot be loaded."""
        if name in self._offered:
            return self._offered[name]
        found = next(iter(entry_points(group=GROUP, name=name)), None)
        if found is None:
            raise ToolRefused(f"No installed package offers {name[:100]!r}.", reason="setup")
        return _load(found)

    async def call(
        self, config: Mapping[str, Any], arguments: Mapping[str, Any], *, secret: str, key: str
    ) -> Any:
        """What the function returns, as JSON has it.

        Raises ToolRefused: it raised LookupError (not_found) or ValueError, or is not installed.
        ToolUnknown: it raised anything else.
        """
        function = self.get(str(config["entry_point"]))
        given = dict(arguments)
        taken = inspect.signature(function).parameters
        given |= {"idempotency_key": key} if "idempotency_key" in taken else {}
        given |= {"secret": secret} if "secret" in taken else {}
        try:
            if inspect.iscoroutinefunction(function):
                result = await function(**given)
            else:
                result = await asyncio.to_thread(function, **given)
            return msgspec.to_builtins(result)
        except LookupError as error:
            raise ToolRefused(f"There is none: {_said(error)}", reason="not_found") from error
        except (ValueError, msgspec.MsgspecError) as error:
            raise ToolRefused(_said(error)) from error
        except Exception as error:
            raise ToolUnknown(f"The function failed ({type(error).__name__}).") from error


def describe(function: Callable[..., Any]) -> tuple[str, dict[str, Any]]:
    """A function's description and the JSON Schema of its parameters, from its signature."""
    properties: dict[str, Any] = {}
    required = []
    hints = inspect.get_annotations(function, eval_str=True)
    for name, parameter in inspect.signature(function).parameters.items():
        if name in ("idempotency_key", "secret"):
            continue
        properties[name] = {"type": _TYPES.get(hints.get(name, str), "string")}
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
    schema = {"type": "object", "properties": properties, "required": required}
    return inspect.cleandoc(function.__doc__ or ""), schema


def _load(found: EntryPoint) -> Callable[..., Any]:
    try:
        function = found.load()
    except Exception as error:  # whatever another package does while it is imported
        raise ToolRefused(f"{found.name} cannot be loaded.", reason="setup") from error
    if not callable(function):
        raise ToolRefused(f"{found.name} is no function.", reason="setup")
    loaded: Callable[..., Any] = function
    return loaded


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
