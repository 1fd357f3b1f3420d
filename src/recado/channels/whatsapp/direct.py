"""Direct Send: a text or buttons that open a conversation without a template made before.

    direct_send: {category ("utility" or "authentication"), ttl_seconds, template_name}

Meta matches the words with a template or makes one; the account must have been let in.
Source: developers.facebook.com/documentation/business-messaging/whatsapp/direct-send
"""

from __future__ import annotations

import re
from typing import Any

from recado.channels.messages import OutboundMessage
from recado.channels.whatsapp.limits import one_of, required
from recado.errors import SendRejected

#: How long Meta may try, in seconds, by category: at least, at most.
TTL_SECONDS = {"utility": (30, 43_200), "authentication": (30, 900)}
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_KINDS = ("button", "cta_url", "voice_call")


def direct_send(message: OutboundMessage) -> dict[str, Any]:
    """The fields beside the message's own, of one with `direct_send`. Raises SendRejected."""
    given = required(message.content, "direct_send", dict)
    if message.type == "interactive":
        kind = required(message.content, "interactive", dict).get("type")
        if kind not in _KINDS:
            raise SendRejected(f"Direct Send takes texts and {', '.join(_KINDS)}, not {kind}")
    category = one_of(tuple(TTL_SECONDS), given.get("category"), "direct_send.category")
    fields: dict[str, Any] = {"category": category}
    if given.get("ttl_seconds") is not None:
        seconds = given["ttl_seconds"]
        least, most = TTL_SECONDS[category]
        if not isinstance(seconds, int) or not least <= seconds <= most:
            raise SendRejected(f"direct_send.ttl_seconds of {category} is from {least} to {most}")
        fields["ttl_seconds"] = seconds
    name = given.get("template_name")
    if name is not None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise SendRejected(
                "direct_send.template_name takes small letters, digits and underscores"
            )
        fields["direct_send_config"] = {"template_name": name}
    return fields


def marketing(message: OutboundMessage) -> dict[str, Any] | None:
    """What goes beside a template that is sent as a marketing message; None: an ordinary template.

    Source: developers.facebook.com/documentation/business-messaging/whatsapp/marketing-messages
    Raises SendRejected.
    """
    template = message.content.get("template")
    if not isinstance(template, dict) or template.get("marketing") is None:
        return None
    given = required(template, "marketing", dict)
    fields: dict[str, Any] = {}
    if given.get("product_policy") is not None:
        fields["product_policy"] = one_of(
            ("CLOUD_API_FALLBACK", "STRICT"),
            given["product_policy"],
            "template.marketing.product_policy",
        )
    sharing = given.get("activity_sharing")
    if sharing is not None:
        if not isinstance(sharing, bool):
            raise SendRejected("template.marketing.activity_sharing is true or false")
        fields["message_activity_sharing"] = sharing
    return fields
