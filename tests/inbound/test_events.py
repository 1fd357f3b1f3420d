"""What Meta reports about a number, its account and its templates shows where people look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from recado.channels.whatsapp.reports import READERS
from recado.inbound.intake import Intake
from recado.jobs import INBOUND
from recado.lines.model import LineEvent, LineRow
from recado.runtime import Runtime
from recado.store import new_id, now
from recado.templates.model import Template
from tests.support.payloads import ACCOUNT_ID, PHONE_NUMBER_ID, SECRET, change_of, webhook_of
from tests.support.runtime import make_runtime

PAYLOADS = Path(__file__).parents[1] / "channels/whatsapp/payloads"
OTHER = "999999999999999"


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    settings = {"WHATSAPP_APP_SECRET": SECRET, "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID}
    async with make_runtime(tmp_path, **settings) as runtime:
        # Somebody else's account on the same installation: nothing here is about it.
        credentials = {"business_account_id": "555", "access_token": "x"}
        await runtime.lines.add("whatsapp", OTHER, "Other", credentials)
        yield runtime


async def report(runtime: Runtime, body: bytes) -> None:
    for item in runtime.channels["whatsapp"].parse(body):
        await runtime.queue.publish([INBOUND.job(item.lane, item)])
        (delivery,) = await runtime.queue.receive(INBOUND.spec, 1, 5)
        await Intake(runtime).handle(delivery)


async def documented(runtime: Runtime, name: str) -> dict[str, Any]:
    """The line's state after a documented report."""
    await report(runtime, (PAYLOADS / f"event_{name}.json").read_bytes())
    return await state_of(runtime)


async def state_of(runtime: Runtime, address: str = PHONE_NUMBER_ID) -> dict[str, Any]:
    query = select(LineRow.state).where(LineRow.address == address)
    state = await runtime.store.read(lambda tx: tx.scalar(query))
    return state or {}


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("phone_number_quality_update", "limit", {"event": "THROUGHPUT_UPGRADE"}),
        ("phone_number_name_update", "name", {"decision": "REJECTED", "requested": "Lucky Shrub"}),
        ("account_update", "account", {"event": "ACCOUNT_VIOLATION", "reason": "SCAM"}),
        ("account_alerts", "alert", {"severity": "WARNING", "status": "ACTIVE"}),
        ("account_review_update", "review", {"decision": "APPROVED"}),
        ("account_settings_update", "settings", {"type": "phone_number_settings"}),
        ("business_capability_update", "limits", {"daily": "TIER_2K", "numbers": "25"}),
        ("business_status_update", "business", {"event": "RESTRICTED"}),
        ("payment_configuration_update", "payments", {"status": "Needs Testing"}),
        ("security", "security", {"event": "PIN_RESET_REQUEST", "requester": "61555822107539"}),
        ("errors", "error", {"code": "131031", "detail": "The account is locked."}),
        ("history", "history", {"phase": "0", "progress": "55"}),
    ],
)
async def test_a_report_is_the_lines_present_state(
    runtime: Runtime, name: str, key: str, expected: dict[str, str]
) -> None:
    before = now()
    state = await documented(runtime, name)
    assert expected.items() <= state[key].items()
    assert state[key]["at"] >= before
    assert await state_of(runtime, OTHER) == {}
    (row,) = await runtime.store.read(lambda tx: tx.all(select(LineEvent.name)))
    assert row.name == name


async def test_a_report_on_one_of_several_numbers_does_not_stand_on_the_others(
    runtime: Runtime,
) -> None:
    await runtime.lines.add("whatsapp", "777", "Second", {"business_account_id": ACCOUNT_ID})
    await runtime.lines.add("whatsapp", "888", "Third", {"business_account_id": ACCOUNT_ID})
    await documented(runtime, "phone_number_quality_update")
    await documented(runtime, "account_alerts")
    assert set(await state_of(runtime, "777")) == {"alert"}


@pytest.mark.parametrize("value", ["text", [], {}, {"event": []}, {"alert_info": 5}, None, 7])
@pytest.mark.parametrize("name", sorted(READERS))
async def test_a_report_in_no_known_form_is_kept_in_the_log(
    runtime: Runtime, name: str, value: Any
) -> None:
    await report(runtime, webhook_of(change_of(value, name)))
    (row,) = await runtime.store.read(lambda tx: tx.all(select(LineEvent.raw)))
    assert row.raw == value
    assert await state_of(runtime) == {}


# --- templates -------------------------------------------------------------------------------


async def add_template(runtime: Runtime, name: str, language: str, address: str) -> None:
    line = await runtime.lines.at("whatsapp", address)
    assert line is not None
    row = {
        "id": new_id(),
        "line_id": line.id,
        "provider_id": "",
        "name": name,
        "language": language,
        "category": "utility",
        "status": "pending",
        "components": [],
        "quality": "",
        "reason": "",
        "synced_at": now(),
    }
    await runtime.store.write(lambda tx: tx.execute(insert(Template), row))


async def template(runtime: Runtime, address: str = PHONE_NUMBER_ID) -> Any:
    query = select(Template.__table__).join(LineRow, LineRow.id == Template.line_id)
    return await runtime.store.read(lambda tx: tx.first(query.where(LineRow.address == address)))


@pytest.mark.parametrize(
    ("event", "more", "status", "reason"),
    [
        ("APPROVED", {"reason": "NONE"}, "approved", ""),
        ("REJECTED", {"reason": "INVALID_FORMAT"}, "rejected", "INVALID_FORMAT"),
        (
            "PAUSED",
            {"reason": "NONE", "other_info": {"title": "FIRST_PAUSE", "description": "3 hours"}},
            "paused",
            "FIRST_PAUSE: 3 hours",
        ),
        ("DISABLED", {"reason": None}, "disabled", ""),
        ("FLAGGED", {}, "pending", ""),
    ],
)
async def test_a_template_has_its_new_status_at_once(
    runtime: Runtime, event: str, more: dict[str, Any], status: str, reason: str
) -> None:
    await add_template(runtime, "order_confirmation", "en_US", PHONE_NUMBER_ID)
    await add_template(runtime, "order_confirmation", "en_US", OTHER)
    value = {
        "event": event,
        "message_template_id": 1689556908129832,
        "message_template_name": "order_confirmation",
        "message_template_language": "en-US",
        **more,
    }
    await report(runtime, webhook_of(change_of(value, "message_template_status_update")))
    found = await template(runtime)
    assert (found.status, found.reason) == (status, reason)
    assert (await template(runtime, OTHER)).status == "pending"


async def test_a_template_has_its_new_quality_category_and_wording_at_once(
    runtime: Runtime,
) -> None:
    await add_template(runtime, "welcome_template", "en_US", PHONE_NUMBER_ID)
    await documented(runtime, "message_template_quality_update")
    await documented(runtime, "template_category_update")
    found = await template(runtime)
    assert (found.quality, found.category) == ("yellow", "marketing")


async def test_a_template_has_its_new_wording_at_once(runtime: Runtime) -> None:
    await add_template(runtime, "order_confirmation", "en_US", PHONE_NUMBER_ID)
    await documented(runtime, "message_template_components_update")
    components = (await template(runtime)).components
    assert [part["type"] for part in components] == ["HEADER", "BODY", "FOOTER", "BUTTONS"]
    assert components[1]["text"].startswith("Thank you for your order, {{1}}!")
    assert components[3]["buttons"][1] == {
        "type": "PHONE_NUMBER",
        "text": "Call",
        "phone_number": "+15550783881",
    }


async def test_a_category_that_is_announced_has_not_changed_yet(runtime: Runtime) -> None:
    await add_template(runtime, "welcome_template", "en_US", PHONE_NUMBER_ID)
    value = {
        "message_template_name": "welcome_template",
        "message_template_language": "en_US",
        "correct_category": "MARKETING",
        "new_category": "UTILITY",
    }
    await report(runtime, webhook_of(change_of(value, "template_category_update")))
    assert (await template(runtime)).category == "utility"
