"""What vendors report beside messages: kept in the line's log, and heeded where it says something.

An event is one row of `line_event` with its raw value, whatever it is. Those in `EVENTS` also
change what is known: how the line stands (`line.state`), its templates, or a person. A handler that
finds a value other than documented does nothing: the log has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import insert

from recado.channels.messages import InboundEvent
from recado.channels.port import Line
from recado.inbound.events import account, pairing, people, templates
from recado.inbound.events.news import News
from recado.lines.model import LineEvent
from recado.lines.signers import concerned_by
from recado.store import Tx, new_id, now

__all__ = ["EVENTS", "News", "keep_event"]

#: By channel and name. Meta's: developers.facebook.com/documentation/business-messaging/whatsapp/
#: webhooks/reference
EVENTS: dict[tuple[str, str], Callable[[Tx, News], None]] = {
    ("whatsapp", "phone_number_quality_update"): account.number_quality,
    ("whatsapp", "phone_number_name_update"): account.number_name,
    ("whatsapp", "account_update"): account.account_update,
    ("whatsapp", "account_alerts"): account.account_alert,
    ("whatsapp", "account_review_update"): account.account_review,
    ("whatsapp", "account_settings_update"): account.account_settings,
    ("whatsapp", "business_capability_update"): account.limits,
    ("whatsapp", "business_status_update"): account.business_status,
    ("whatsapp", "payment_configuration_update"): account.payments,
    ("whatsapp", "security"): account.security,
    ("whatsapp", "errors"): account.errors,
    ("whatsapp", "history"): account.history,
    ("whatsapp", "message_template_status_update"): templates.status,
    ("whatsapp", "message_template_quality_update"): templates.quality,
    ("whatsapp", "message_template_components_update"): templates.components,
    ("whatsapp", "template_category_update"): templates.category,
    ("whatsapp", "user_preferences"): people.preferences,
    ("whatsapp", "user_id_update"): people.user_ids,
    ("whatsapp", "group_lifecycle_update"): people.groups,
    ("whatsapp", "group_settings_update"): people.groups,
    ("evolution", "connection.update"): pairing.connection,
}


def keep_event(tx: Tx, lines: Sequence[Line], item: InboundEvent) -> Sequence[str]:
    """Write it to the log, and let it change what it is about. `lines` are all there are.

    Returns conversations in which something waits for an answer since then.
    """
    tx.execute(
        insert(LineEvent),
        {
            "id": new_id(),
            "channel": item.channel,
            "line_address": item.line_address,
            "name": item.name,
            "raw": item.raw,
            "created_at": now(),
        },
    )
    handle = EVENTS.get((item.channel, item.name))
    if handle is None or not isinstance(item.raw, dict):
        return ()
    news = News(item.name, item.raw, concerned_by(lines, item))
    handle(tx, news)
    return news.waiting
