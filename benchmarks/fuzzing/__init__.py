"""Damaged models by the thousand, each run in memory that ends where an array ends; `../fuzz.py` runs it."""
