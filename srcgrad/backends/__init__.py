"""Part of srcgrad."""
