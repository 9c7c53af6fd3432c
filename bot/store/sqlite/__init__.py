"""The store on SQLite: one file, one process that serves."""
