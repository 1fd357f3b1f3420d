"""What Meta reports beside messages, read into the words that every channel has for it.

A value other than documented says nothing: the line's log has it.
Source: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from recado.channels.reports import Report
from recado.channels.whatsapp.reports import account, people, templates
from recado.channels.whatsapp.reports.value import Value

__all__ = ["READERS", "reports_of"]

#: By the name of the webhook's field.
READERS: Mapping[str, Callable[[Value], Iterator[Report]]] = {
    "phone_number_quality_update": account.number_quality,
    "phone_number_name_update": account.number_name,
    "account_update": account.account_update,
    "account_alerts": account.account_alert,
    "account_review_update": account.account_review,
    "account_settings_update": account.account_settings,
    "business_capability_update": account.limits,
    "business_status_update": account.business_status,
    "payment_configuration_update": account.payments,
    "security": account.security,
    "errors": account.errors,
    "history": account.history,
    "message_template_status_update": templates.status,
    "message_template_quality_update": templates.quality,
    "message_template_components_update": templates.components,
    "template_category_update": templates.category,
    "user_preferences": people.preferences,
    "user_id_update": people.user_ids,
    "group_lifecycle_update": people.groups,
    "group_settings_update": people.groups,
}


def reports_of(name: str, value: dict[str, Any]) -> Sequence[Report]:
    read = READERS.get(name)
    return list(read(Value(value))) if read is not None else []
