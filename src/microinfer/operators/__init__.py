"""What an operator is, for every kernel library: its checks, its geometry, the call of its kernel."""
