"""A model on a part under a kernel library: plan, costs, energy, verdict."""
