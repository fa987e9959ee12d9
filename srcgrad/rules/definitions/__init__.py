"""Functions of NumPy that are told in Python, and differentiated as if the user had written that.

A rule is for what has a derivative of its own; a definition for what is put together from functions that have rules,
or for forms of a ruled function that are rare (`np.sum(x, where=mask)`).  A definition gives the same values as the
function it stands for; an argument that it does not have is refused.
"""
