"""A Slack bot that creates snapshots of GaussDB(DWS) clusters, with approval, exactly once."""

__version__ = "0.1.0"
