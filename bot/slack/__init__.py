"""Slack: Bolt in, Web API out."""
