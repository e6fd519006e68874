"""People: accounts, sessions, API keys, rate limits."""
