"""Steps as C source of the bare-c library."""
