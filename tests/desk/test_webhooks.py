"""The pages on which a business says which of its systems hear of what happens."""

from __future__ import annotations

import re

from recado.subscriptions import keeping
from recado.subscriptions.keeping import SubscriptionView
from tests.desk.conftest import DeskUser


async def subscriptions(admin: DeskUser) -> list[SubscriptionView]:
    return await admin.runtime.store.read(keeping.list_subscriptions)


async def test_a_webhook_is_added_and_its_secret_is_shown_once(admin: DeskUser) -> None:
    response = await admin.post(
        "/webhooks", htmx=False, url="https://shop.example/recado", name="Tienda", every="1"
    )
    found = re.search(r"whsec_[\w+/=]+", response.text)
    assert response.status_code == 200
    assert found
    (it,) = await subscriptions(admin)
    assert (it.name, it.events, it.state) == ("Tienda", None, "active")
    for path in ("/webhooks", f"/webhooks/{it.id}"):
        page = await admin.page(path)
        assert "Tienda" in page
        assert found[0] not in page


async def test_what_is_wrong_with_an_address_is_said_beside_what_was_typed(
    admin: DeskUser,
) -> None:
    response = await admin.post("/webhooks", htmx=False, url="http://shop.example/x", name="Shop")
    assert response.status_code == 422
    assert "TLS" in response.text
    assert 'value="Shop"' in response.text


async def test_a_webhook_is_tested_paused_let_go_on_and_removed(admin: DeskUser) -> None:
    await admin.post("/webhooks", htmx=False, url="https://shop.example/x", event="response_ready")
    (it,) = await subscriptions(admin)
    assert it.events == ["response_ready"]
    path = f"/webhooks/{it.id}"
    assert (await admin.post(f"{path}/test", htmx=False)).status_code == 303
    assert "webhook.test" in await admin.page(path)
    assert (await admin.post(path, htmx=False, state="paused")).status_code == 303
    assert "What happens now is held for it" in await admin.page(path)
    assert (await admin.post(path, htmx=False, state="active")).status_code == 303
    (it,) = await subscriptions(admin)
    assert it.state == "active"
    again = {"url": it.url, "name": "Other", "every": "1"}
    assert (await admin.post(path, htmx=False, **again)).status_code == 303
    (it,) = await subscriptions(admin)
    assert (it.name, it.events) == ("Other", None)
    assert (await admin.post(f"{path}/rotate", htmx=False)).text.count("whsec_") == 1
    assert (await admin.post(f"{path}/remove", htmx=False)).status_code == 303
    assert await subscriptions(admin) == []
