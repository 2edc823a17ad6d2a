"""Parts, boards and kernel libraries side by side."""
