"""Explains configurations: where a value comes from, what would change it, who uses it, and what is odd about a menu.

`option.py` explains one option, `search.py` finds options by words, `difference.py` compares two configurations,
`lint.py` finds what is legal and yet wrong in Kconfig files and fragments, `page.py` writes the reference of all options.
They return data; scripts/pegplan_cli prints it.
"""
