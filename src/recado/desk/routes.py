"""Every address of the desk, with the action that it is (security/rights.py)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Mount

from recado.desk import (
    character,
    character_versions,
    composer,
    conversation,
    dead_letters,
    evaluations,
    inbox,
    knowledge,
    line_trials,
    lines,
    live,
    media,
    people,
    sign_in,
    simulator,
    sources,
    team,
    templates_page,
    unanswered,
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
        post("/signout", sign_in.sign_out, "profile"),
        get("/profile", sign_in.show_profile, "profile"),
        post("/profile", sign_in.save_profile, "profile"),
        post("/profile/password", sign_in.save_password, "profile"),
        # The inbox
        get("/", inbox.show, "conversations.read"),
        get("/desk/list", inbox.show_list, "conversations.read"),
        get("/desk/stream", live.stream, "conversations.read"),
        get("/conversations/{id}", conversation.show, "conversations.read"),
        get("/conversations/{id}/live", conversation.show_live, "conversations.read"),
        get("/conversations/{id}/older", conversation.show_older, "conversations.read"),
        post("/conversations/{id}/messages", composer.write, "conversations.change"),
        post("/conversations/{id}/takeover", conversation.take, "conversations.change"),
        post("/conversations/{id}/handback", conversation.give_back, "conversations.change"),
        post("/conversations/{id}/resolve", conversation.settle, "conversations.change"),
        post("/conversations/{id}/reopen", conversation.open_again, "conversations.change"),
        get("/evaluations", evaluations.show, "characters.read"),
        get("/evaluations/{id}/report", evaluations.show_report, "characters.read"),
        post("/conversations/{id}/case", conversation.make_case, "conversations.change"),
        get("/messages/{id}/turn", conversation.show_turn, "conversations.read"),
        get("/messages/{id}/raw", conversation.show_raw, "conversations.read"),
        post("/messages/{id}/reaction", composer.react, "conversations.change"),
        post("/messages/{id}/settle", conversation.settle_unknown, "conversations.change"),
        post("/messages/{id}/cancel", templates_page.cancel, "conversations.change"),
        get("/conversations/{id}/template", templates_page.choose, "conversations.read"),
        post("/conversations/{id}/template", templates_page.send, "conversations.change"),
        post("/conversations/{id}/template/preview", templates_page.preview, "conversations.read"),
        get("/templates", templates_page.show, "templates.read"),
        post("/templates/{id}/sync", templates_page.sync, "templates.sync"),
        post("/contacts/{id}/join", people.join, "contacts.join"),
        post("/contacts/{id}/apart", people.apart, "contacts.join"),
        get("/media/{id}", media.show, "media"),
        # The simulator
        get("/simulator", simulator.show, "simulator"),
        get("/simulator/new", simulator.show_new, "simulator"),
        get("/simulator/phone", simulator.show_phone, "simulator"),
        get("/simulator/view", simulator.show_view, "simulator"),
        post("/simulator/messages", simulator.send, "simulator"),
        post("/simulator/receipts", simulator.receive, "simulator"),
        # What the assistant knows, and how the business is reached
        get("/knowledge", knowledge.show, "knowledge.read"),
        get("/knowledge/try", knowledge.try_question, "knowledge.read"),
        post("/knowledge", knowledge.add, "knowledge.change"),
        get("/knowledge/unanswered", unanswered.show, "knowledge.read"),
        post("/knowledge/unanswered/merge", unanswered.merge, "knowledge.change"),
        post("/knowledge/unanswered/{id}/answer", unanswered.answer, "knowledge.change"),
        post("/knowledge/unanswered/{id}/dismiss", unanswered.dismiss, "knowledge.change"),
        post("/knowledge/unanswered/{id}/reopen", unanswered.reopen, "knowledge.change"),
        post("/knowledge/unanswered/{id}/split", unanswered.split, "knowledge.change"),
        post("/knowledge/files", knowledge.learn_file, "knowledge.change"),
        post("/knowledge/answers", sources.add_answer, "knowledge.change"),
        post("/knowledge/pages", sources.add_page, "knowledge.change"),
        get("/knowledge/sources/{id}", sources.show, "knowledge.read"),
        post("/knowledge/sources/{id}/answer", sources.change_answer, "knowledge.change"),
        post("/knowledge/sources/{id}/read", sources.read_again, "knowledge.change"),
        post("/knowledge/{id}/remove", knowledge.remove, "knowledge.change"),
        get("/character", character.show_default, "characters.read"),
        get("/characters", character.show_all, "characters.read"),
        post("/characters", character.add, "characters.change"),
        get("/characters/{id}", character.show, "characters.read"),
        post("/characters/{id}", character.save, "characters.change"),
        post("/characters/{id}/archive", character.archive, "characters.change"),
        post("/characters/{id}/default", character.make_default, "characters.change"),
        get("/characters/{id}/try", character_versions.show_trial, "characters.read"),
        post("/characters/{id}/try", character_versions.try_questions, "characters.read"),
        get("/characters/{id}/changes", character_versions.show_changes, "characters.read"),
        post("/characters/{id}/publish", character_versions.publish, "characters.change"),
        post("/characters/{id}/discard", character_versions.discard, "characters.change"),
        get("/characters/{id}/versions", character_versions.show_history, "characters.read"),
        get(
            "/characters/{id}/versions/{number}",
            character_versions.show_version,
            "characters.read",
        ),
        post(
            "/characters/{id}/versions/{number}/restore",
            character_versions.restore,
            "characters.change",
        ),
        get("/lines", lines.show, "lines.read"),
        get("/lines/add", lines.show_adding, "lines.change"),
        post("/lines", lines.add, "lines.change"),
        get("/lines/{id}", lines.show_line, "lines.read"),
        post("/lines/{id}", lines.change, "lines.change"),
        post("/lines/{id}/character", lines.change_character, "lines.change"),
        post("/lines/{id}/credentials", lines.change_credentials, "lines.change"),
        post("/lines/{id}/settings", lines.change_settings, "lines.change"),
        post("/lines/{id}/remove", lines.remove, "lines.change"),
        post("/lines/{id}/check", line_trials.check, "lines.check"),
        post("/lines/{id}/reception", line_trials.receive, "lines.check"),
        post("/lines/{id}/test", line_trials.send, "lines.test"),
        get("/lines/{id}/test/{message}", line_trials.show_sent, "lines.test"),
        post("/lines/{id}/connect", line_trials.connect, "lines.pair"),
        get("/lines/{id}/connection", line_trials.show_connection, "lines.pair"),
        post("/lines/{id}/disconnect", line_trials.disconnect, "lines.pair"),
        # What went wrong, and who is here
        get("/dead-letters", dead_letters.show, "dead_letters.read"),
        post("/dead-letters/replay", dead_letters.replay_many, "dead_letters.change"),
        get("/dead-letters/replays/{id}", dead_letters.progress, "dead_letters.read"),
        post("/dead-letters/{id}/replay", dead_letters.replay, "dead_letters.change"),
        post("/dead-letters/{id}/drop", dead_letters.drop, "dead_letters.change"),
        get("/team", team.show, "team"),
        post("/team", team.invite, "team"),
        post("/team/{id}", team.change, "team"),
        post("/team/{id}/link", team.make_link, "team"),
        NotFoundPage(desk),
    ]
