"""Events times prices: cycles, energy, battery life, profiler logs."""
