"""Figures measured side by side with peers: `python -m bench [P5 P6 …] [--quick]`.

Each row measures us and the others in one run, round by round, and keeps every sample. What is
judged stands in `results.json`; `results.md` is written from it and from nothing else.
"""
