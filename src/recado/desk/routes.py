"""Every address of the desk, with the role that it asks for."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Mount

from recado.desk import (
    composer,
    conversation,
    dead_letters,
    inbox,
    knowledge,
    line_trials,
    lines,
    live,
    media,
    sign_in,
    simulator,
    team,
    templates_page,
)
from recado.desk.headers import SecureStaticFiles
from recado.desk.not_found import NotFoundPage
from recado.desk.render import STATIC
from recado.desk.visit import Desk
from recado.runtime import Runtime


def desk_routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """The last of them answers browsers at addresses that no other route has."""
    desk = Desk(runtime)
    get, post = desk.get, desk.post
    return [
        Mount("/desk/static", SecureStaticFiles(directory=STATIC)),
        # Signing in
        desk.open_to_all("/signin", sign_in.show, ["GET"]),
        desk.open_to_all("/signin", sign_in.submit, ["POST"]),
        desk.open_to_all("/signin/{token}", sign_in.follow_link, ["GET"]),
        post("/signout", sign_in.sign_out),
        get("/profile", sign_in.show_profile),
        post("/profile", sign_in.save_profile),
        post("/profile/password", sign_in.save_password),
        # The inbox
        get("/", inbox.show),
        get("/desk/list", inbox.show_list),
        get("/desk/stream", live.stream),
        get("/conversations/{id}", conversation.show),
        get("/conversations/{id}/live", conversation.show_live),
        get("/conversations/{id}/older", conversation.show_older),
        post("/conversations/{id}/messages", composer.write),
        post("/conversations/{id}/takeover", conversation.take),
        post("/conversations/{id}/handback", conversation.give_back),
        post("/conversations/{id}/resolve", conversation.settle),
        post("/conversations/{id}/reopen", conversation.open_again),
        get("/messages/{id}/turn", conversation.show_turn),
        get("/messages/{id}/raw", conversation.show_raw),
        post("/messages/{id}/reaction", composer.react),
        post("/messages/{id}/settle", conversation.settle_unknown),
        post("/messages/{id}/cancel", templates_page.cancel),
        get("/conversations/{id}/template", templates_page.choose),
        post("/conversations/{id}/template", templates_page.send),
        post("/conversations/{id}/template/preview", templates_page.preview),
        get("/templates", templates_page.show),
        post("/templates/{id}/sync", templates_page.sync, role="supervisor"),
        get("/media/{id}", media.show),
        # The simulator
        get("/simulator", simulator.show),
        get("/simulator/new", simulator.show_new),
        get("/simulator/phone", simulator.show_phone),
        get("/simulator/view", simulator.show_view),
        post("/simulator/messages", simulator.send),
        post("/simulator/receipts", simulator.receive),
        # What the assistant knows, and how the business is reached
        get("/knowledge", knowledge.show),
        get("/knowledge/try", knowledge.try_question),
        post("/knowledge", knowledge.add, role="supervisor"),
        post("/knowledge/{id}/remove", knowledge.remove, role="supervisor"),
        get("/lines", lines.show, role="supervisor"),
        get("/lines/add", lines.show_adding, role="admin"),
        post("/lines", lines.add, role="admin"),
        get("/lines/{id}", lines.show_line, role="supervisor"),
        post("/lines/{id}", lines.change, role="admin"),
        post("/lines/{id}/credentials", lines.change_credentials, role="admin"),
        post("/lines/{id}/settings", lines.change_settings, role="admin"),
        post("/lines/{id}/remove", lines.remove, role="admin"),
        post("/lines/{id}/check", line_trials.check, role="supervisor"),
        post("/lines/{id}/reception", line_trials.receive, role="supervisor"),
        post("/lines/{id}/test", line_trials.send, role="admin"),
        get("/lines/{id}/test/{message}", line_trials.show_sent, role="admin"),
        post("/lines/{id}/connect", line_trials.connect, role="admin"),
        get("/lines/{id}/connection", line_trials.show_connection, role="admin"),
        post("/lines/{id}/disconnect", line_trials.disconnect, role="admin"),
        # What went wrong, and who is here
        get("/dead-letters", dead_letters.show, role="supervisor"),
        post("/dead-letters/replay", dead_letters.replay_all, role="supervisor"),
        post("/dead-letters/{id}/replay", dead_letters.replay, role="supervisor"),
        post("/dead-letters/{id}/drop", dead_letters.drop, role="supervisor"),
        get("/team", team.show, role="admin"),
        post("/team", team.invite, role="admin"),
        post("/team/{id}", team.change, role="admin"),
        post("/team/{id}/link", team.make_link, role="admin"),
        NotFoundPage(desk),
    ]
