"""Ground for every package: errors, database base, lifecycle, canonical JSON, identifiers."""
