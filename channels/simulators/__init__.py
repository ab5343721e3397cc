"""Simulators: shops that speak the channels' real wire formats over HTTP, with customers, a clock and faults.

For the demo, training, conformance and load tests. They share no code with the connectors: each side is written
from the channel's documented behaviour, so that a misunderstanding shows.
"""
