"""Tools of the assistant: what it looks up and does in the business's own systems, once.

definition.py says what a tool is, registry.py keeps them, ledger.py every call of one; calling.py
makes a call, through the kind of tool that it is: http.py, mcp.py, python.py.
"""

from recado.assistant.tools.definition import NewTool, ToolView
from recado.assistant.tools.registry import Tools

__all__ = ["NewTool", "ToolView", "Tools"]
