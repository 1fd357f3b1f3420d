"""The assistant: characters, knowledge and models that answer a conversation."""
