"""What only some installations need is an extra of the package (pyproject.toml); whoever lacks one
is told the command that brings it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from recado.errors import SettingsError

#: Where the source stands, when this is a checkout.
CHECKOUT = Path(__file__).parents[2]


@contextmanager
def needing(extra: str, setting: str) -> Iterator[None]:
    """Around the imports that `setting` asks for. Raises SettingsError: the extra is missing."""
    try:
        yield
    except ImportError as error:
        raise SettingsError(lacking(setting, extra)) from error


def is_installed(*packages: str) -> bool:
    """Whether all of them are there; none is loaded."""
    try:
        return all(find_spec(it) for it in packages)
    except ImportError:
        return False


def lacking(what: str, extra: str) -> str:
    """Says that `what` needs `extra`, and how to get it."""
    return f"{what} needs packages that are not installed. Install them: {command_for(extra)}"


def command_for(extra: str) -> str:
    """What brings `extra`: to the checkout's .venv, or to wherever else the package is."""
    if (CHECKOUT / "requirements" / "extras" / f"{extra}.txt").is_file():
        return f"make run EXTRAS={extra}"
    return f"pip install 'recado[{extra}]'"
