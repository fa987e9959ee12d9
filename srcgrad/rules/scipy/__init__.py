"""The derivatives of SciPy, one file a sub-package, each read when a program has imported that.

A file holds rules and, for functions that are put together from others, definitions in Python.
"""
