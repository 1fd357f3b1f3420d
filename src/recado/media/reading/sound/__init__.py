"""Voice notes, other recordings and the sound of videos: decoded apart, written down by one
transcriber that the settings name."""
