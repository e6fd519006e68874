"""The contract: its own tests, its artefact, and how it behaves on the real node."""
