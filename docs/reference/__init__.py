"""The reference of the pages, made out of the package itself each time that they are built.

`python -m mkdocs build --strict` at the tree's root builds them and calls `hooks`; `pages.reference_pages`
has the Markdown.
"""
