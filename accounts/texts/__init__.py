"""Texts that whoever signs up agrees to, as data: one TOML file each, with its version.

A changed text gets the next version; what was agreed to keeps the old one, by number and digest.
"""
