"""The DWS cloud: wire format, authentication, client."""
