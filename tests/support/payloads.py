"""Meta's webhooks, built and signed: what Recado receives in tests and benches.

body = webhook(messages=[text_message("hola", id="wamid.1")])
post(url, data=body, headers=sign(body, "secret"))
"""

from __future__ import annotations

import hmac
import itertools
import time
from collections.abc import Sequence
from typing import Any

import msgspec

Json = dict[str, Any]

PHONE_NUMBER_ID = "106540352242922"
ACCOUNT_ID = "102290129340398"
BUSINESS_NUMBER = "15550783881"
CUSTOMER = "16505551234"
SECRET = "an app secret"

_numbers = itertools.count(1)


def sign(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers Meta sends with a body, names in lower case."""
    digest = hmac.digest(secret.encode(), body, "sha256").hex()
    return {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}


def webhook(
    messages: Sequence[Json] = (),
    statuses: Sequence[Json] = (),
    contacts: Sequence[Json] | None = None,
    *,
    phone_number_id: str = PHONE_NUMBER_ID,
) -> bytes:
    """A webhook with one change; the contacts are those of the messages unless given."""
    found = [contact_of(m) for m in messages] if contacts is None else list(contacts)
    value = value_of(messages, statuses, found, phone_number_id=phone_number_id)
    return webhook_of(change_of(value))


def webhook_of(*changes: Json, account_id: str = ACCOUNT_ID) -> bytes:
    """A webhook with one entry that has these changes."""
    return entries_of({"id": account_id, "changes": list(changes)})


def entries_of(*entries: Any) -> bytes:
    return msgspec.json.encode({"object": "whatsapp_business_account", "entry": list(entries)})


def change_of(value: Any, field: str = "messages") -> Json:
    return {"value": value, "field": field}


def value_of(
    messages: Sequence[Any] = (),
    statuses: Sequence[Any] = (),
    contacts: Sequence[Any] = (),
    *,
    phone_number_id: str = PHONE_NUMBER_ID,
) -> Json:
    value: Json = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": BUSINESS_NUMBER,
            "phone_number_id": phone_number_id,
        },
    }
    parts = (("contacts", contacts), ("messages", messages), ("statuses", statuses))
    return value | {name: list(part) for name, part in parts if part}


def contact_of(message: Json, name: str = "Sheena Nelson", username: str = "") -> Json:
    """The contact that Meta sends beside a message."""
    profile = {"name": name} | ({"username": f"@{username}"} if username else {})
    contact: Json = {"profile": profile}
    if message.get("from"):
        contact["wa_id"] = message["from"]
    if message.get("from_user_id"):
        contact["user_id"] = message["from_user_id"]
    return contact


def message_of(
    type: str,
    details: Any = None,
    *,
    id: str | None = None,
    sender: str | None = CUSTOMER,
    user_id: str | None = None,
    at: float | None = None,
    reply_to: str | None = None,
) -> Json:
    """One inbound message of any type; `details` is the object of that type.

    `sender` is the phone number (None: withheld, as for people with a username) and `user_id`
    the business-scoped user id.
    """
    message: Json = {
        "id": id or new_id(),
        "timestamp": str(int(time.time() if at is None else at)),
        "type": type,
    }
    if sender:
        message["from"] = sender
    if user_id:
        message["from_user_id"] = user_id
    if reply_to:
        message["context"] = {"from": BUSINESS_NUMBER, "id": reply_to}
    if details is not None:
        message[type] = details
    return message


def text_message(body: str, **about: Any) -> Json:
    """A text; `about` as in message_of."""
    return message_of("text", {"body": body}, **about)


def media_message(
    type: str,
    media_id: str,
    *,
    mime_type: str = "image/jpeg",
    sha256: str = "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=",
    caption: str = "",
    filename: str = "",
    voice: bool = False,
    **about: Any,
) -> Json:
    """An image, video, audio, document or sticker."""
    media: Json = {"mime_type": mime_type, "sha256": sha256, "id": media_id}
    media |= {"caption": caption} if caption else {}
    media |= {"filename": filename} if filename else {}
    media |= {"voice": voice} if type == "audio" else {}
    return message_of(type, media, **about)


def button_reply(id: str, title: str, **about: Any) -> Json:
    """A tap on a reply button of ours."""
    reply = {"type": "button_reply", "button_reply": {"id": id, "title": title}}
    return message_of("interactive", reply, **about)


def list_reply(id: str, title: str, description: str = "", **about: Any) -> Json:
    """A tap on a row of a list of ours."""
    row = {"id": id, "title": title} | ({"description": description} if description else {})
    return message_of("interactive", {"type": "list_reply", "list_reply": row}, **about)


def reaction(emoji: str, message_id: str, **about: Any) -> Json:
    """A reaction to a message; without an emoji it is taken back."""
    details = {"message_id": message_id} | ({"emoji": emoji} if emoji else {})
    return message_of("reaction", details, **about)


def location(latitude: float, longitude: float, name: str = "", **about: Any) -> Json:
    details: Json = {"latitude": latitude, "longitude": longitude}
    return message_of("location", details | ({"name": name} if name else {}), **about)


def status(
    message_id: str,
    status: str = "sent",
    *,
    recipient: str | None = CUSTOMER,
    user_id: str | None = None,
    callback_data: str | None = None,
    at: float | None = None,
    error: int | None = None,
) -> Json:
    """What became of a message of ours; `error` is Meta's code for a failed one."""
    found: Json = {
        "id": message_id,
        "status": status,
        "timestamp": str(int(time.time() if at is None else at)),
    }
    if recipient:
        found["recipient_id"] = recipient
    if user_id:
        found["recipient_user_id"] = user_id
    if callback_data:
        found["biz_opaque_callback_data"] = callback_data
    if status == "failed":
        code = error or 131026
        title = "Message undeliverable"
        data = {"details": "Message undeliverable."}
        found["errors"] = [{"code": code, "title": title, "message": title, "error_data": data}]
    elif status in ("sent", "delivered"):
        found["pricing"] = {
            "billable": False,
            "pricing_model": "PMP",
            "type": "free_customer_service",
            "category": "service",
        }
    return found


def new_id() -> str:
    """A message id in Meta's form, new with each call of this process."""
    return f"wamid.{time.time_ns():x}.{next(_numbers)}"


def edit(body: str, message_id: str, **about: Any) -> Json:
    """The text `message_id` says something else now."""
    new = {"type": "text", "text": {"body": body}}
    return message_of("edit", {"original_message_id": message_id, "message": new}, **about)


def revoke(message_id: str, **about: Any) -> Json:
    """A message is taken back."""
    return message_of("revoke", {"original_message_id": message_id}, **about)


def echo_of(message: Json, *, to: str = CUSTOMER) -> Json:
    """The message as the business's own phone has sent it."""
    return {**message, "from": BUSINESS_NUMBER, "to": to}


def echoes(*messages: Json, field: str = "smb_message_echoes") -> bytes:
    return webhook_of(change_of(value_of() | {"message_echoes": list(messages)}, field))


def standby(**items: Any) -> bytes:
    """What happens while another app has the conversation."""
    return webhook_of(change_of(value_of() | {"standby": items}, "standby"))


def handover(previous: str, new: str, *, person: str = CUSTOMER, at: float | None = None) -> bytes:
    """The conversation passes from one role to another (`ai_agent`: Meta's own agent)."""
    value: Json = {
        "messaging_product": "whatsapp",
        "recipient": {
            "display_phone_number": BUSINESS_NUMBER,
            "phone_number_id": PHONE_NUMBER_ID,
        },
        "sender": {"phone_number": person},
        "timestamp": str(int(at or time.time())),
        "type": "control_passed",
        "control_passed": {"previous_owner_role": previous, "new_owner_role": new},
    }
    return webhook_of(change_of(value, "messaging_handovers"))


def call(event: str, id: str, **details: Any) -> bytes:
    """A webhook of a customer's call."""
    about = {
        "id": id,
        "from": CUSTOMER,
        "to": BUSINESS_NUMBER,
        "event": event,
        "timestamp": str(int(time.time())),
        "direction": "USER_INITIATED",
        **details,
    }
    return webhook_of(change_of(value_of() | {"calls": [about]}, "calls"))
