"""The clouds' client for GaussDB(DWS): login, calls, and what DWS's answers and words mean."""
