"""The CRM port: who a contact is there, and what is written down about them.

An adapter asks over the guarded way out (http/outward.py) and raises CrmFailed (may help to try
again) or CrmRefused (a person has to mend something). It never makes a twin: what may be there
already is looked for first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from recado.errors import FileRefused, RecadoError
from recado.http.outward import AddressRefused, Outward, read_beginning

TIMEOUT_SECONDS = 15.0
MOST_BYTES = 1_000_000
MOST_ANSWER = 500
MOST_WAIT_SECONDS = 3600.0


class CrmFailed(RecadoError):
    """`wait_seconds` is what the CRM asks for (Retry-After), 0: nothing."""

    title = "The CRM did not take it"

    def __init__(self, detail: str, wait_seconds: float = 0.0) -> None:
        super().__init__(detail)
        self.wait_seconds = wait_seconds


class CrmRefused(RecadoError):
    title = "The CRM refuses it"


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of ours. `phone` is digits in E.164 without the plus sign, "" where there is none;
    `url` is their conversation in the desk, "" where Recado has no public URL."""

    id: str
    name: str
    phone: str
    language: str
    url: str


@dataclass(frozen=True, slots=True)
class Activity:
    """What has happened: `id` is ours and the same at every try, `at` Unix seconds."""

    id: str
    kind: str
    at: float
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Remote:
    """A record there, and where a person sees it ("": unknown)."""

    id: str
    url: str = ""


class Crm(Protocol):
    async def contact(self, person: Person, known: str) -> Remote:
        """The person's record, made or brought up to date; `known` is its id as far as we know."""

    async def activity(self, remote: Remote, activity: Activity, *, again: bool) -> str:
        """Write the activity down beside the record; returns its id there. `again`: it may be
        there already."""


class Caller:
    """Asks a CRM's HTTP API for JSON."""

    def __init__(self, outward: Outward) -> None:
        self._outward = outward

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: Any = None,
        form: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
    ) -> tuple[int, Any]:
        """The status and the JSON of an answer that is 2xx or in `accept`. What answers a `form`
        may hold a token, so nothing of it comes into an error.

        Raises CrmFailed, CrmRefused.
        """
        given: dict[str, Any] = {"data": dict(form)} if form is not None else {}
        if body is not None:
            given = {"json": body}
        try:
            async with self._outward.session.request(
                method,
                self._outward.check(url),
                headers=dict(headers),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
                **given,
            ) as response:
                raw = await read_beginning(response, MOST_BYTES)
                told = "" if form is not None else _beginning(raw)
                return self._judged(response.status, response.headers, raw, accept, told)
        except (AddressRefused, FileRefused) as error:
            raise CrmRefused(error.detail) from error
        except TimeoutError as error:
            raise CrmFailed(f"no answer within {TIMEOUT_SECONDS:.0f} seconds") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise CrmFailed(type(error).__name__) from error  # its words may hold a secret

    def _judged(
        self,
        status: int,
        headers: Mapping[str, str],
        raw: bytes,
        accept: tuple[int, ...],
        told: str,
    ) -> tuple[int, Any]:
        if 200 <= status < 300 or status in accept:
            try:
                return status, json.loads(raw) if raw.strip() else {}
            except ValueError:
                if status in accept:
                    return status, {}
                raise CrmFailed(f"{status}, and no JSON: {told}") from None
        detail = f"{status}: {told}"
        # A key that is refused may be mended within the day.
        if status in (401, 403, 408, 409, 423, 425, 429) or status >= 500:
            raise CrmFailed(detail, _wait(headers.get("Retry-After", "")))
        raise CrmRefused(detail)


def text_at(found: Any, *path: str | int) -> str:
    """What stands there in an answer, as a text; "": nothing that is one."""
    for key in path:
        if isinstance(found, dict) and isinstance(key, str):
            found = found.get(key)
        elif isinstance(found, list) and isinstance(key, int) and key < len(found):
            found = found[key]
        else:
            return ""
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _beginning(raw: bytes) -> str:
    return " ".join(raw[: 4 * MOST_ANSWER].decode("utf-8", "replace").split())[:MOST_ANSWER]


def _wait(after: str) -> float:
    whole = after.isascii() and after.isdecimal() and len(after) < 6
    return min(float(after), MOST_WAIT_SECONDS) if whole else 0.0
