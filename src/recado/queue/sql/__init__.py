"""The queue in the SQL store: the default engine."""
