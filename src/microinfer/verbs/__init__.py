"""The verbs of the package: each takes `(model, part=, library=, ...)` and returns a Result."""
