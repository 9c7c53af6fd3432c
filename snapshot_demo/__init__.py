"""The story: the real bot between a sandbox Slack and a simulated cloud, over the wire."""
