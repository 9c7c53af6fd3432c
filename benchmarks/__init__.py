"""How fast the bot is, beside what a user would take instead: see README.md. Nothing of the product imports it."""
