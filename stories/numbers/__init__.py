"""Numbers as a story declares them: forms, checks, canonical distributions.

`forms` has a file for each kind of distribution and the table of them.
"""
