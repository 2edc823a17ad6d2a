"""What benchmarks/search_methods.py compares."""
