"""Abstract interpretation of a user's function on the kinds of its arguments, giving core form."""
