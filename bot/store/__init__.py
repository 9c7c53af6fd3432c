"""Where requests, rights and the record are kept."""
