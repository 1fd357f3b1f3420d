"""The business's CRM: it has the contact and what came of each conversation, once each."""
