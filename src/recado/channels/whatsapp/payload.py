"""The items of Meta's webhooks, typed as far as Recado reads them.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference
and, for user ids and usernames, …/whatsapp/business-scoped-user-ids. Fields that may be left
out are optional here; fields that Recado does not read are ignored and stay in `raw`.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

JsonObject = dict[str, Any]


class Unreadable(ValueError):
    """One item cannot be read; the others of the webhook can."""


class Profile(Struct):
    name: str | None = None
    username: str | None = None


class Contact(Struct):
    """Who wrote: since 2026 the phone number (`wa_id`) may be left out, `user_id` is the BSUID."""

    wa_id: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
    profile: Profile | None = None


class Text(Struct):
    body: str


class Media(Struct):
    id: str | None = None
    mime_type: str | None = None
    sha256: str | None = None
    caption: str | None = None
    filename: str | None = None
    url: str | None = None
    voice: bool | None = None
    animated: bool | None = None


class Context(Struct, rename={"from_": "from"}):
    id: str | None = None
    from_: str | None = None
    forwarded: bool = False
    frequently_forwarded: bool = False
    referred_product: JsonObject | None = None


class Reply(Struct):
    id: str = ""
    title: str = ""
    description: str | None = None


class FlowReply(Struct):
    name: str | None = None
    body: str | None = None
    response_json: Any = None


class Interactive(Struct):
    type: str = ""
    button_reply: Reply | None = None
    list_reply: Reply | None = None
    nfm_reply: FlowReply | None = None
    call_permission_reply: JsonObject | None = None


class Button(Struct):
    text: str = ""
    payload: str | None = None


class Order(Struct):
    catalog_id: str | None = None
    text: str | None = None
    product_items: list[JsonObject] = []


class Reaction(Struct):
    message_id: str
    emoji: str | None = None


class Edit(Struct):
    original_message_id: str
    message: JsonObject


class Revoke(Struct):
    original_message_id: str | None = None


class System(Struct):
    """A person's change. `wa_id` and `user_id` (in former versions `new_wa_id`) are the new ones;
    the old ones are named here, or are whom the message is from."""

    type: str | None = None
    body: str | None = None
    wa_id: str | None = None
    new_wa_id: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
    customer: str | None = None
    previous_wa_id: str | None = None
    previous_user_id: str | None = None
    previous_parent_user_id: str | None = None


class Message(Struct, rename={"from_": "from"}):
    """One message of a person, or an echo of the business's own, which says `to` whom it went."""

    id: str
    timestamp: str | int | float | None = None
    type: str = ""
    from_: str | None = None
    from_user_id: str | None = None
    from_parent_user_id: str | None = None
    to: str | None = None
    to_user_id: str | None = None
    to_parent_user_id: str | None = None
    recipient: str | None = None
    recipient_user_id: str | None = None
    origin: str | None = None
    group_id: str | None = None
    context: Context | None = None
    referral: JsonObject | None = None
    errors: list[Any] | None = None
    text: Text | None = None
    image: Media | None = None
    video: Media | None = None
    audio: Media | None = None
    document: Media | None = None
    sticker: Media | None = None
    location: JsonObject | None = None
    contacts: list[JsonObject] | None = None
    interactive: Interactive | None = None
    button: Button | None = None
    order: Order | None = None
    reaction: Reaction | None = None
    edit: Edit | None = None
    revoke: Revoke | None = None
    system: System | None = None
    unsupported: JsonObject | None = None


class ErrorData(Struct):
    details: str | None = None


class Error(Struct):
    code: int | str
    title: str | None = None
    message: str | None = None
    error_data: ErrorData | None = None


class Status(Struct):
    """What became of a message of ours; in a group the participant is the person."""

    id: str
    status: str
    timestamp: str | int | float | None = None
    type: str | None = None
    recipient_id: str | None = None
    recipient_type: str | None = None
    recipient_user_id: str | None = None
    recipient_parent_user_id: str | None = None
    recipient_participant_id: str | None = None
    recipient_participant_user_id: str | None = None
    biz_opaque_callback_data: str | None = None
    errors: list[Error] | None = None
    pricing: JsonObject | None = None
    conversation: JsonObject | None = None


class Call(Struct, rename={"from_": "from"}):
    """One webhook of a call: `connect` when it begins, `terminate` when it ends."""

    id: str
    timestamp: str | int | float | None = None
    event: str | None = None
    direction: str | None = None
    from_: str | None = None
    from_user_id: str | None = None
    from_parent_user_id: str | None = None
    to: str | None = None
    to_user_id: str | None = None
    to_parent_user_id: str | None = None
    group_id: str | None = None
    status: str | None = None
    start_time: str | int | None = None
    end_time: str | int | None = None
    duration: str | int | None = None
    errors: list[Any] | None = None


class HandoverPerson(Struct):
    phone_number: str | None = None
    wa_id: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
