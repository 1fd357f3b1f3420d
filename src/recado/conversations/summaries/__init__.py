"""What a conversation was about, as a row that is extended with what came since."""
