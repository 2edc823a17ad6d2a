"""Lifetimes to offsets: head, tail, and the smallest arena that works."""
