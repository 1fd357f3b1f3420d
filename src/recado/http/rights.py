"""Which action each operation of the API is; who may do it says security/rights.py.

An operation that is not named here is refused to everybody.
"""

from __future__ import annotations

from fastapi import Request

from recado.errors import Forbidden
from recado.http.keys import Caller
from recado.security.rights import Action, require

#: By the name of the function that answers it.
OPERATIONS: dict[str, Action] = {
    # Lines
    "list_lines": "lines.read",
    "get_line": "lines.read",
    "add_line": "lines.change",
    "change_line": "lines.change",
    "delete_line": "lines.change",
    "check_line": "lines.check",
    "test_line": "lines.test",
    "connect_line": "lines.pair",
    "get_connection": "lines.pair",
    "disconnect_line": "lines.pair",
    # Conversations
    "list_conversations": "conversations.read",
    "get_conversation": "conversations.read",
    "list_conversation_messages": "conversations.read",
    "list_events": "conversations.read",
    "list_messages": "conversations.read",
    "get_message": "conversations.read",
    "get_turn": "conversations.read",
    "find_contact": "conversations.read",
    "get_contact": "conversations.read",
    "join_contact": "contacts.join",
    "keep_contact_apart": "contacts.join",
    "list_contact_facts": "conversations.read",
    "add_contact_fact": "conversations.change",
    "correct_contact_fact": "conversations.change",
    "erase_contact_fact": "conversations.change",
    "list_sessions": "conversations.read",
    "get_summary": "conversations.read",
    "extend_conversation_summary": "conversations.change",
    "list_handovers": "conversations.read",
    "list_ratings": "conversations.read",
    "average_ratings": "stats.read",
    "get_service_levels": "service_levels.read",
    "replace_service_levels": "service_levels.change",
    "preview_service_levels": "service_levels.read",
    "get_policy": "escalation.read",
    "write_policy": "escalation.change",
    "discard_policy": "escalation.change",
    "publish_policy": "escalation.change",
    "try_policy": "escalation.change",
    "list_policy_versions": "escalation.read",
    "get_policy_version": "escalation.read",
    "restore_policy": "escalation.change",
    "say": "conversations.change",
    "take_over": "conversations.change",
    "hand_back": "conversations.change",
    "resolve": "conversations.change",
    "write_to": "conversations.change",
    "cancel_message": "conversations.change",
    "upload_media": "media",
    "get_media": "media",
    "get_media_content": "media",
    # Departments
    "list_departments": "departments.read",
    "get_department": "departments.read",
    "add_department": "departments.change",
    "change_department": "departments.change",
    "remove_department": "departments.change",
    "set_department_member": "departments.change",
    "remove_department_member": "departments.change",
    "get_availability": "departments.read",
    "change_availability": "profile",
    # Outgoing webhooks
    "list_webhooks": "webhooks.read",
    "get_webhook": "webhooks.read",
    "add_webhook": "webhooks.change",
    "change_webhook": "webhooks.change",
    "remove_webhook": "webhooks.change",
    "rotate_webhook": "webhooks.change",
    "test_webhook": "webhooks.change",
    "list_deliveries": "webhooks.read",
    "replay_delivery": "webhooks.change",
    "replay_failed": "webhooks.change",
    "list_webhook_events": "webhooks.read",
    # Templates
    "list_line_templates": "templates.read",
    "preview_template": "templates.read",
    "sync_line_templates": "templates.sync",
    # The assistant
    "analyze": "analyze",
    "list_knowledge": "knowledge.read",
    "search_knowledge": "knowledge.read",
    "add_knowledge": "knowledge.change",
    "add_knowledge_file": "knowledge.change",
    "add_knowledge_files": "knowledge.change",
    "remove_knowledge": "knowledge.change",
    "offer_knowledge": "knowledge.change",
    "add_page": "knowledge.change",
    "look_at_page": "knowledge.change",
    "get_knowledge": "knowledge.read",
    "list_passages": "knowledge.read",
    "add_answer": "knowledge.change",
    "change_answer": "knowledge.change",
    "list_unanswered": "knowledge.read",
    "answer_unanswered": "knowledge.change",
    "dismiss_unanswered": "knowledge.change",
    "merge_unanswered": "knowledge.change",
    "split_unanswered": "knowledge.change",
    "list_evaluations": "characters.read",
    "get_evaluation": "characters.read",
    "add_evaluation_case": "conversations.change",
    "list_characters": "characters.read",
    "get_character": "characters.read",
    "add_character": "characters.change",
    "change_character": "characters.change",
    "archive_character": "characters.change",
    "publish_character": "characters.change",
    "evaluate_draft": "characters.change",
    "require_evaluation": "characters.require",
    "require_nothing": "characters.require",
    "discard_draft": "characters.change",
    "restore_version": "characters.change",
    "list_versions": "characters.read",
    "get_version": "characters.read",
    "compare_character": "characters.read",
    "try_character": "characters.read",
    # Tools
    "list_tools": "tools.read",
    "get_tool": "tools.read",
    "add_tool": "tools.change",
    "read_openapi": "tools.change",
    "add_openapi_tools": "tools.change",
    "read_mcp_server": "tools.change",
    "add_mcp_tools": "tools.change",
    "change_tool": "tools.change",
    "remove_tool": "tools.change",
    "try_tool": "tools.change",
    "list_tool_calls": "conversations.read",
    "list_talks": "conversations.read",
    "list_calls_of_models": "conversations.read",
    "list_costs": "characters.read",
    # Operations
    "list_dead_letters": "dead_letters.read",
    "get_dead_letter": "dead_letters.read",
    "replay_all": "dead_letters.change",
    "get_replay": "dead_letters.read",
    "replay_dead_letter": "dead_letters.change",
    "drop_dead_letter": "dead_letters.change",
    "read_stats": "stats.read",
    # The Evolution service
    "send_message": "conversations.change",
    "send_template": "conversations.change",
    "get_status": "lines.pair",
    "connect": "lines.pair",
    "disconnect": "lines.pair",
}


async def check_rights(request: Request) -> None:
    """A dependency of every operation. Raises Forbidden."""
    caller: Caller = request.scope["recado.caller"]
    action = OPERATIONS.get(request.scope["route"].name)
    if action is None:
        raise Forbidden("Nobody has been given the right to this.")
    require(caller.role, action)
