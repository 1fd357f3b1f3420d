"""What stands in a picture, is said in a voice note, or is written in a document."""
