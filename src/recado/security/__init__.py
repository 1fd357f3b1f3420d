"""Who may do what: users, sessions, keys, encryption, the audit log."""
