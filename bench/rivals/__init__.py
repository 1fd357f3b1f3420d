"""What a Python developer would otherwise use, doing the same job on the same machine.

Each is written as its own documentation suggests, with the settings that favour it: one answer a
message, stored before and after in SQLite with full sync, sent to the same stub Graph API.
"""
