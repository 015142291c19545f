"""The figures Caravel promises, measured: `make bench`, or `make bench ARGS=payments` for one.

Each claim is one module: `writing`, `paying`, `notifying`, `starting`. All measure through the
public door of an installation of their own; `__main__` prints what they found beside the limits.
"""
