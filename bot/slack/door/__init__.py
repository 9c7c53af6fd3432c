"""In at the door: who the bot is, the two transports, what was delivered, and whether it is for us."""
