"""What the firmware needs: which kernel runs, scratch, persistent bytes, code bytes, events.

One package for each kernel library, with a module for each family of operators; they see geometries and
nothing else. `library` finds them.
"""
