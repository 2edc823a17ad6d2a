"""Quantities, spelling and printing: how things are said."""
