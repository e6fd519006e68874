"""Vectors for verifiers: see README.md."""
