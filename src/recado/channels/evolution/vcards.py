"""A vCard as one of Meta's contact cards (RFC 6350, as far as WhatsApp writes it)."""

from __future__ import annotations

import re
from typing import Any

from recado.channels.evolution.lenient import Json, text

#: Folded lines go on after a line break and a blank (RFC 6350, 3.2).
_FOLD = re.compile(r"\r?\n[ \t]")
_WAID = re.compile(r"waid=(\d{5,20})", re.IGNORECASE)
_TYPE = re.compile(r"type=([A-Za-z]{1,20})", re.IGNORECASE)


def card(contact: Json) -> Json:
    """`contact` has `displayName` and `vcard`."""
    name, phones, emails, urls, company = text(contact.get("displayName")), [], [], [], ""
    for line in _FOLD.sub("", text(contact.get("vcard"))).splitlines()[:200]:
        head, colon, value = line.partition(":")
        # "item1.TEL;waid=5511…;type=CELL": a group, the property, its parameters
        label = head.partition(";")[0].rpartition(".")[2].upper()
        value = value.strip()
        if not colon or not value:
            continue
        if label == "TEL":
            phones.append(_phone(head, value))
        elif label == "EMAIL":
            emails.append({"email": value})
        elif label == "URL":
            urls.append({"url": value})
        elif label == "ORG":
            company = value.replace(";", " ").strip()
        elif label == "FN" and not name:
            name = value
    found: Json = {"name": {"formatted_name": name}, "phones": phones}
    for key, values in (("emails", emails), ("urls", urls)):
        if values:
            found[key] = values
    return found | {"org": {"company": company}} if company else found


def _phone(head: str, value: str) -> dict[str, Any]:
    phone = {"phone": value}
    for key, pattern in (("wa_id", _WAID), ("type", _TYPE)):
        match = pattern.search(head)
        if match:
            phone[key] = match.group(1)
    return phone
