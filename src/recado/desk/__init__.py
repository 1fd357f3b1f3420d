"""The desk: where the team works, rendered on the server, live through server-sent events."""
