"""The embedded stack: database, broker and chain node from their packages, as one supervised whole.

Promises that one command in the foreground brings everything up, that nothing it started outlives
it however it ends, and that a part configured from outside is left to the outside.
"""
