"""Evidence: works and versions, intake, statement, custody, time-stamp tokens, stored objects."""
