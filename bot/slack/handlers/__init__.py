"""The handlers of what Slack delivers, and how they are run within Slack's time limit."""
