"""The far sides, in memory: they behave and remember; each passes the contract suite of the real thing."""
