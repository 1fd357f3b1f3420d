"""Pairing an instance with a phone, and what may be wrong with one.

Source: doc.evolution-api.com/v2/api-reference/instance-controller and …/webhook
"""

from __future__ import annotations

from typing import Any

from recado.channels.evolution.answers import failure_of
from recado.channels.evolution.client import EvolutionApi
from recado.channels.evolution.lenient import Json, first_text, obj, text
from recado.channels.evolution.requests import BAILEYS
from recado.channels.http import Answer
from recado.channels.port import Connection, Line
from recado.channels.verdicts import only_asked
from recado.errors import SendError, SendFailed

#: What Recado reads; `recado doctor` asks for those without which it is deaf.
EVENTS = (
    "MESSAGES_UPSERT", "MESSAGES_UPDATE", "MESSAGES_DELETE", "MESSAGES_EDITED", "SEND_MESSAGE",
    "CONNECTION_UPDATE", "CALL",
)  # fmt: skip
NEEDED_EVENTS = ("MESSAGES_UPSERT", "MESSAGES_UPDATE")
#: Older versions refuse events that they do not know.
_OLDER_EVENTS = tuple(event for event in EVENTS if event != "MESSAGES_EDITED")
#: How long the state of an instance may take: somebody looks at the page.
_STATUS_SECONDS = 15.0


class Pairing:
    """`webhook_url` is where Evolution reaches Recado, "" without a public URL."""

    def __init__(self, api: EvolutionApi, webhook_url: str) -> None:
        self._api = api
        self._webhook_url = webhook_url

    async def connect(self, line: Line) -> Connection:
        """Begin to pair; the instance is made where it is not there yet. Raises SendError's
        family."""
        number = "".join(filter(str.isdigit, line.credentials.get("number", "")))
        query = f"?number={number}" if number else ""
        answer = await self._api.ask(line, "GET", f"/instance/connect/{{instance}}{query}")
        if answer.status == 404:
            return await self._create(line, number)
        found = self._accepted(answer)
        await self._enter_webhook(line)
        if found.get("error"):
            raise SendFailed(f"Evolution API: {text(found.get('message'), 300)}")
        return _connection(found)

    async def connection(self, line: Line) -> Connection:
        """How the pairing stands. Raises SendError's family."""
        answer = await self._api.ask(
            line,
            "GET",
            "/instance/connectionState/{instance}",
            seconds=_STATUS_SECONDS,
        )
        if answer.status == 404:
            return Connection("closed", detail=f"There is no instance {line.address} yet.")
        return _connection(self._accepted(answer))

    async def disconnect(self, line: Line) -> None:
        """End the pairing; an instance that is not paired is left as it is."""
        answer = await self._api.ask(line, "DELETE", "/instance/logout/{instance}")
        if answer.status == 404 or (answer.status in (400, 500) and _says_closed(answer)):
            return
        self._accepted(answer)

    async def integration(self, line: Line) -> str:
        """What the instance stands on, such as WHATSAPP-BAILEYS. Raises SendError's family."""
        answer = await self._api.ask(
            line,
            "GET",
            "/instance/fetchInstances?instanceName={instance}",
            seconds=_STATUS_SECONDS,
        )
        if not answer.ok:
            raise only_asked(failure_of(answer))
        found = text(obj(_instance(answer.json(), line.address)).get("integration"))
        if not found:
            raise SendFailed(f"Evolution API does not say what instance {line.address} is")
        return found

    async def problems(self, line: Line) -> list[str]:
        """What is wrong with the line, each with its fix."""
        found = []
        if not line.credentials.get("webhook_token"):
            found.append(
                "The line has no webhook_token (EVOLUTION_WEBHOOK_TOKEN): its webhooks are"
                " refused. Make up a long random word and set it here and at Evolution."
            )
        try:
            answer = await self._api.ask(
                line, "GET", "/instance/connectionState/{instance}", seconds=10.0
            )
            if answer.status == 404:
                found.append(
                    f"Evolution has no instance {line.address}: `recado line connect"
                    f" {line.name or line.address}` makes it."
                )
                return found
            state = _connection(self._accepted(answer)).state
            webhook = await self._webhook(line)
        except SendError as error:
            return [*found, error.detail]
        if state != "open":
            found.append(
                f"Instance {line.address} is not linked with a phone: `recado line connect"
                f" {line.name or line.address}` shows the QR code."
            )
        return found + self._webhook_problems(line, webhook)

    def _webhook_problems(self, line: Line, webhook: Json) -> list[str]:
        url, wanted = text(webhook.get("url")), self._webhook_url
        if webhook.get("enabled") is not True or not url:
            where = wanted or "Recado's address, followed by /webhooks/evolution"
            off = (
                "The instance's webhook is off: unless Evolution's global webhook leads here, set"
                f" its url to {where}."
            )
            return [off]
        found = []
        if wanted and not _same_address(url, wanted):
            found.append(f"The instance's webhook goes to {url}: set its url to {wanted}.")
        events = webhook.get("events")
        named = [text(event) for event in events] if isinstance(events, list) else []
        missing = [event for event in NEEDED_EVENTS if named and event not in named]
        if missing:
            found.append(f"The instance's webhook leaves out {', '.join(missing)}: add them.")
        token = line.credentials.get("webhook_token", "")
        if token and token not in str(webhook.get("headers") or ""):
            found.append(
                "The instance's webhook does not send the line's token: set its headers to"
                ' {"Authorization": "Bearer TOKEN"}.'
            )
        return found

    async def _create(self, line: Line, number: str) -> Connection:
        body: Json = {"instanceName": line.address, "integration": BAILEYS, "qrcode": True}
        if number:
            body["number"] = number
        if self._webhook_url:
            body["webhook"] = self._own_webhook(line, EVENTS)
        answer = await self._api.ask(line, "POST", "/instance/create", body)
        if answer.status == 400 and "webhook" in body:
            body["webhook"] = self._own_webhook(line, _OLDER_EVENTS)
            answer = await self._api.ask(line, "POST", "/instance/create", body)
        found = self._accepted(answer)
        return _connection(obj(found.get("qrcode")) or found)

    def _own_webhook(self, line: Line, events: tuple[str, ...]) -> Json:
        token = line.credentials.get("webhook_token", "")
        return {
            "enabled": True,
            "url": self._webhook_url,
            "headers": {"Authorization": f"Bearer {token}"} if token else {},
            "byEvents": False,
            "base64": False,
            "events": list(events),
        }

    async def _enter_webhook(self, line: Line) -> None:
        """Where there is none: another program's webhook is not ours to change."""
        if not self._webhook_url or text((await self._webhook(line)).get("url")):
            return
        for events in (EVENTS, _OLDER_EVENTS):
            body = {"webhook": self._own_webhook(line, events)}
            answer = await self._api.ask(line, "POST", "/webhook/set/{instance}", body)
            if answer.status != 400:
                break
        self._accepted(answer)

    async def _webhook(self, line: Line) -> Json:
        answer = await self._api.ask(line, "GET", "/webhook/find/{instance}", seconds=10.0)
        found = obj(answer.json()) if answer.ok else {}
        return obj(found.get("webhook")) or found

    def _accepted(self, answer: Answer) -> Json:
        if not answer.ok:
            raise only_asked(failure_of(answer))
        return obj(answer.json())


def _connection(found: Json) -> Connection:
    """A QR code ({code, pairingCode}), a state ({instance: {state}}), or both."""
    code = obj(found.get("qrcode")) or found
    instance = obj(found.get("instance"))
    named = first_text(instance.get("state"), instance.get("status"), found.get("state")).lower()
    qr, pairing_code = text(code.get("code")), text(code.get("pairingCode"))
    if named == "open":
        return Connection("open")
    if qr or pairing_code or named == "connecting":
        return Connection("connecting", qr, pairing_code)
    return Connection("closed", detail="The instance is not linked with a phone.")


def _instance(found: Any, name: str) -> Json | None:
    for one in found if isinstance(found, list) else [found]:
        inner = obj(obj(one).get("instance")) or obj(one)
        if text(inner.get("name") or inner.get("instanceName")) == name:
            return inner
    return None


def _says_closed(answer: Answer) -> bool:
    said = answer.json()
    in_its_words = isinstance(said, dict) and said.get("status") == answer.status
    failed = isinstance(only_asked(failure_of(answer)), SendFailed)
    return (in_its_words and failed) or "not connected" in str(said)


def _same_address(url: str, wanted: str) -> bool:
    # "/webhook" is the same door.
    doors = (wanted, wanted.removesuffix("s/evolution"))
    return url.rstrip("/") in doors
