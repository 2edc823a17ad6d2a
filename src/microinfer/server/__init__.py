"""A page in the browser, for this computer alone: a model is dropped on it, and a change is seen at once.

The page sends the whole file with every question and nothing is kept between two of them, so that tabs
know nothing of one another. `application` answers HTTP behind `guard`; `workers` are processes that do the
work, so that a file that ends one ends nothing else; `replies` is what they compute. Starlette and uvicorn
are the extra `serve`, and are imported by `application` and `listening` alone.
"""
