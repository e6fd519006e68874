"""Real parts for tests: a Postgres, a chain node, a whole running stack, real files."""
