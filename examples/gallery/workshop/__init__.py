"""What the examples share: a trainer in numpy, the way to int8, tables and pictures of their pages."""
