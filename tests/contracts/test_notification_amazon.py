"""What Amazon's services refuse, leave unanswered or garble is told apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from recado.notifications.senders.amazon import SesSender, SnsPhoneSender
from recado.notifications.senders.port import NotSent, Sender
from tests.contracts.test_notification_senders import PHONE, outgoing
from tests.support.amazon import SENDER
from tests.support.aws import REGION, Says, aws_stub, denied, hangs, throttled

MAIL = "ana@shop.example"
OPENINGS: dict[str, tuple[Callable[[], Sender], str]] = {
    "ses": (lambda: SesSender(REGION, SENDER, timeout_seconds=1.0), MAIL),
    "sns": (lambda: SnsPhoneSender(REGION, timeout_seconds=1.0), PHONE),
}
REJECTED = Says({"message": "Email address is not verified."}, 400, "MessageRejected")
GARBAGE = Says({"message": ["?"], "Error": 3}, 502)


@pytest.mark.parametrize("name", OPENINGS)
@pytest.mark.parametrize("says", [throttled(), denied(), hangs(), GARBAGE])
async def test_what_may_end_otherwise_is_tried_again(name: str, says: Says) -> None:
    async with aws_stub(says):
        opening, address = OPENINGS[name]
        sender = opening()
        with pytest.raises(NotSent) as refused:
            await sender.send(outgoing(address))
        assert not refused.value.final
        assert refused.value.detail
        await sender.close()


async def test_what_is_wrong_with_the_mail_itself_is_not_tried_again() -> None:
    async with aws_stub(REJECTED):
        sender = SesSender(REGION, SENDER, timeout_seconds=1.0)
        with pytest.raises(NotSent) as refused:
            await sender.send(outgoing(MAIL))
        assert refused.value.final
        await sender.close()
