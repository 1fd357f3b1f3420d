"""An order in a template: to pay behind its button, or how one goes on beside its words.

    buttons.0: {"reference_id": …, "currency": …, "total": …}   as `order_details` is sent
    order_status: {"reference_id": …, "status": …}              as `order_status` is sent

Source: developers.facebook.com/documentation/business-messaging/whatsapp/payments/payments-in/
orderdetailstemplate and …/orderstatustemplate
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from recado.channels.shape import misfits, unknown_keys
from recado.channels.whatsapp.orders import order_details, order_status
from recado.errors import SendRejected

Component = dict[str, Any]
#: The key under which an order's state is given; no template says that it needs one.
STATUS = "order_status"
_BUILDERS: dict[str, Callable[[Component], Component]] = {
    "order_details": order_details,
    "order_status": order_status,
}


def pay_button(key: str, value: Any) -> Component:
    """The parameters of a button that opens an order. Raises SendRejected, naming `key`."""
    details = _parameters(key, "order_details", value)
    action = {"type": "action", "action": {"order_details": details}}
    return {"sub_type": "order_details", "parameters": [action]}


def status_component(value: Any) -> Component:
    """What tells how an order goes on. Raises SendRejected."""
    told = _parameters(STATUS, "order_status", value)
    return {"type": STATUS, "parameters": [{"type": STATUS, STATUS: told}]}


def _parameters(key: str, kind: str, value: Any) -> Component:
    if not isinstance(value, Mapping):
        raise SendRejected(f"{key} is an order as `{kind}` has it")
    content = {"interactive": {**value, "type": kind}}
    wrong = [f"{it} is unknown" for it in unknown_keys("interactive", content)]
    try:
        if wrong := wrong or misfits("interactive", content):
            raise SendRejected(", ".join(wrong[:5]))
        parameters: Component = _BUILDERS[kind](dict(value))["parameters"]
    except SendRejected as error:
        raise SendRejected(error.detail.replace("interactive.", f"{key}.")) from error
    return parameters
