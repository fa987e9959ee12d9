"""The mathematics: what the derivative of each primitive is, as text."""
