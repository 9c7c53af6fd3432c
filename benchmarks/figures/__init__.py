"""The figures, a module for each group: what is started, and what is asked of it."""
