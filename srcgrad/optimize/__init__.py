"""What makes generated code shorter or faster, and leaves its meaning as it is."""
