"""Configurations that nobody thought of: random legal ones, and few that have every pair of choices between them.

`space.py` knows what can be set and to what; `random_configuration.py` draws from it; `pairs.py` covers it.
"""
