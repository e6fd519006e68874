"""Planted bugs: patches that break a guard, and the test that must notice.

`python -m tests.planted` applies each patch to a copy of the tree and runs its test there; the
test must fail. A patch that no longer applies is a failure too.
"""
