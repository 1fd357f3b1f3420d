"""What pages show of a message, read from contents that came from outside: its file, and what
there is to tap. Nothing here trusts a shape; what cannot be read is left out."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, Literal

import msgspec

from recado.conversations.views import MessageView
from recado.documents.extract import KINDS

FILE_TYPES = ("image", "video", "audio", "document", "sticker")
#: Template buttons as Meta and templates/render.py name them, in the words of messages to tap.
#: https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
_BUTTONS = {
    "quick_reply": "button",
    "url": "url",
    "phone_number": "phone",
    "phone": "phone",
    "voice_call": "call",
    "call": "call",
    "products": "products",
    "copy_code": "copy",
    "otp": "copy",
    "flow": "flow",
    "catalog": "catalog",
    "mpm": "products",
    "spm": "products",
}


class ShownFile(msgspec.Struct, frozen=True):
    """`url` is where the desk serves it, "" while it is not here; `link` where it is elsewhere."""

    type: str
    name: str = ""
    mime_type: str = ""
    size_bytes: int = 0
    state: Literal["stored", "pending", "failed", "elsewhere", "absent"] = "absent"
    url: str = ""
    link: str = ""
    error: str = ""
    text: str = ""
    voice: bool = False
    id: str = ""
    #: What is known of its words: media/reading/findings.py.
    shows: str = ""
    reading: str = ""
    about: dict[str, Any] = {}
    #: Whether what is said in it is the message's text; `text` is then what is read beside it.
    said: bool = False
    #: How loud a recording is from its beginning to its end, from 1 to 10.
    bars: list[int] = []

    @property
    def teaches(self) -> bool:
        """Whether there are words in it that knowledge can be made of."""
        suffix = PurePath(self.name).suffix.lower()
        return self.state == "stored" and bool(self.text or suffix in KINDS)

    @property
    def small(self) -> str:
        """Where its thumbnail is; the file itself where that would lose what it shows."""
        moves = self.mime_type.startswith("image/gif") or "animated" in self.mime_type
        return self.url if moves or not self.url else f"{self.url}/small"


class Option(msgspec.Struct, frozen=True):
    """Something to tap. `kind`: tap, button, url, phone, call, copy, list, flow, products,
    catalog, locate, permit, address."""

    kind: str
    title: str
    id: str = ""
    detail: str = ""


class Section(msgspec.Struct, frozen=True):
    title: str
    rows: list[Option]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A message to tap, or a template, from top to bottom. `body` is empty where the message's
    own text is that."""

    header: str = ""
    file: ShownFile | None = None
    deal: str = ""
    body: str = ""
    footer: str = ""
    options: list[Option] = []
    sections: list[Section] = []
    cards: list[Offer] = []
    catalog_id: str = ""


def mapping(value: Any) -> dict[str, Any]:
    """What came from outside, if it is an object; an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """The objects in what came from outside, if it is a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def file_of(message: MessageView) -> ShownFile:
    """The file of a message, as far as it is here."""
    given = mapping(message.content.get("media"))
    media = message.media
    if media is None:
        return read_file(message.type, given)
    name = media.filename or _text(given.get("filename"))
    about = media.analysis or {}
    said = message.type != "audio" and bool(about.get("said"))
    return ShownFile(
        type=message.type,
        name=name,
        mime_type=media.mime_type,
        size_bytes=media.size_bytes,
        state=media.state,
        url=f"/media/{media.id}" if media.state == "stored" else "",
        error=media.error or "",
        text=_beside(media.text, message.text) if said else media.text,
        shows=media.description,
        voice=bool(given.get("voice")),
        id=media.id,
        reading=media.reading,
        about=about,
        said=said,
        bars=_bars(about.get("waveform")),
    )


def _beside(text: str, message: str) -> str:
    """What was read of a file but for what stands as its message's text."""
    return text.replace(message, "", 1).strip() if message else text


def _bars(waveform: Any) -> list[int]:
    """A waveform's bars, from 1 to 10 high."""
    heights = waveform if isinstance(waveform, list) else []
    return [1 + round(9 * min(max(it, 0), 100) / 100) for it in heights if isinstance(it, int)]


def rows(text: str) -> str:
    """What was read, with the rows of its tables as people write them."""
    told = []
    for line in text.split("\n"):
        if not line.startswith("|"):
            told.append(line)
        elif set(line) - set("|:- "):
            told.append(" · ".join(cell.strip() for cell in line.strip("| ").split("|")))
    return "\n".join(told)


def read_file(type: str, given: dict[str, Any]) -> ShownFile:
    """A file as a content names it: kept here (`media_id`), or elsewhere (`link`)."""
    media_id, link = _text(given.get("media_id")), _text(given.get("link") or given.get("url"))
    kept = media_id.isalnum() or media_id.replace("-", "").isalnum()
    web = link.startswith(("https://", "http://"))
    return ShownFile(
        type=type,
        name=_text(given.get("filename")),
        mime_type=_text(given.get("mime_type")),
        size_bytes=size if isinstance(size := given.get("size_bytes"), int) else 0,
        state="stored" if kept else ("elsewhere" if web else "absent"),
        url=f"/media/{media_id}" if kept else "",
        link=link if web and not kept else "",
        voice=bool(given.get("voice")),
    )


def offer_of(message: MessageView) -> Offer | None:
    """What stands around an outgoing message's text, if it is one to tap or a template."""
    if message.direction != "outbound":
        return None
    if message.type == "interactive":
        return _interactive(mapping(message.content.get("interactive")))
    if message.type == "template":
        preview = mapping(message.content.get("preview"))
        offer = _template(preview)
        return msgspec.structs.replace(offer, body="") if message.text else offer
    return None


def _interactive(given: dict[str, Any]) -> Offer:
    header, file = _header(given.get("header"))
    sections = [_section(section) for section in mappings(given.get("sections"))]
    return Offer(
        header=header,
        file=file,
        footer=_text(given.get("footer")),
        options=_options(given, sections),
        sections=sections,
        cards=[_card(card) for card in mappings(given.get("cards"))[:10]],
        catalog_id=_text(given.get("catalog_id")),
    )


def _options(given: dict[str, Any], sections: list[Section]) -> list[Option]:
    kind, label = given.get("type"), _text(given.get("label"))
    if kind == "button":
        return [
            Option("tap", _text(button.get("title")), _text(button.get("id")))
            for button in mappings(given.get("buttons"))
        ]
    if kind == "list":
        return [Option("list", _text(given.get("button")))]
    count = str(sum(len(section.rows) for section in sections))
    flow = _text(given.get("flow_name") or given.get("flow_id"))
    product = _text(given.get("product_id"))
    only = {
        "cta_url": Option("url", label, detail=_link(given.get("url"))),
        "flow": Option("flow", label, detail=flow),
        "product": Option("products", "", product),
        "product_list": Option("products", "", detail=count),
        "catalog": Option("catalog", "", product),
        "location_request": Option("locate", ""),
        "voice_call": Option("call", label),
        "call_permission_request": Option("permit", ""),
        "address": Option("address", "", detail="address_message"),
        "request_contact_info": Option("contact", ""),
        "order_details": Option("pay", ""),
        "order_status": Option("order", _text(given.get("status"))),
    }
    if kind == "carousel":
        return []
    return [only.get(_text(kind), Option("other", label or _text(kind)))]


def _card(card: dict[str, Any]) -> Offer:
    kind = "cta_url" if card.get("url") else "button"
    _, file = _header(card)
    return Offer(
        file=file, body=_text(card.get("text")), options=_options({**card, "type": kind}, [])
    )


def _section(section: dict[str, Any]) -> Section:
    rows = [
        Option("row", _text(r.get("title")), _text(r.get("id")), _text(r.get("description")))
        for r in mappings(section.get("rows"))
    ]
    ids = section.get("product_ids")
    products = [str(id) for id in ids] if isinstance(ids, list) else []
    rows += [Option("product", id, id) for id in products]
    return Section(_text(section.get("title")), rows)


def preview_of(preview: dict[str, Any]) -> Offer:
    """A template's preview (templates/render.py), to be shown by the same macros."""
    return _template(preview)


def _template(preview: dict[str, Any]) -> Offer:
    header, file = _header(preview.get("header"))
    buttons = preview.get("buttons")
    return Offer(
        header=header,
        file=file,
        body=_text(preview.get("body")),
        footer=_text(preview.get("footer")),
        deal=_text(mapping(preview.get("offer")).get("text")),
        options=[_button(button) for button in buttons] if isinstance(buttons, list) else [],
        cards=[_template(card) for card in mappings(preview.get("cards"))[:10]],
    )


def _button(button: Any) -> Option:
    if not isinstance(button, dict):
        return Option("button", _text(button), _text(button))
    title = _text(button.get("text") or button.get("title"))
    kind = _BUTTONS.get(_text(button.get("type")).lower(), "button")
    details = {
        "url": _link(button.get("url")),
        "phone": _text(button.get("phone_number") or button.get("phone")),
        "copy": _text(button.get("code") or button.get("example")),
    }
    id = _text(button.get("id") or button.get("payload")) or title
    return Option(kind, title, id, details.get(kind, ""))


def _header(header: Any) -> tuple[str, ShownFile | None]:
    """A header is a text, {text}, {image|video|document: {…}} or {type, media}."""
    if isinstance(header, str):
        return header, None
    given = mapping(header)
    for kind in ("image", "video", "document"):
        if isinstance(given.get(kind), dict):
            return "", read_file(kind, given[kind])
    kind = _text(given.get("type")).lower()
    if kind in FILE_TYPES:
        return "", read_file(kind, mapping(given.get("media")))
    return _text(given.get("text")), None


def _link(value: Any) -> str:
    """Only what a browser may follow: never a script."""
    link = _text(value)
    return link if link.lower().startswith(("https://", "http://")) else ""


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def total(items: list[dict[str, Any]]) -> str:
    """What an order costs: "240 MXN"; "" where prices lack or their currencies differ."""
    try:
        amount = sum(float(i["item_price"]) * float(i.get("quantity", 1)) for i in items)
    except (KeyError, TypeError, ValueError):
        return ""
    currencies = {_text(item.get("currency")) for item in items}
    return f"{amount:,.2f} {currencies.pop()}".replace(".00 ", " ") if len(currencies) == 1 else ""
