"""To try and to test: stands outside the bot and talks to it only over the wire."""
