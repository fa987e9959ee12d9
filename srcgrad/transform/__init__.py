"""From core form to derivatives."""
