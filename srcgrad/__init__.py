"""Gradients of ordinary NumPy programs, as readable Python source."""
