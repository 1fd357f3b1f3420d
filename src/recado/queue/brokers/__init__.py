"""The queue on a broker outside the database."""
