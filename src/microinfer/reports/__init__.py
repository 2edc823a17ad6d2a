"""What a run needs and gives, as one document."""
