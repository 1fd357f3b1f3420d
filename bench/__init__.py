"""Benchmarks: `make bench`. Figures and ratios of one run, side by side with the bare limits."""
