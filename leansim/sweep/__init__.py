"""Sweeps: the same algorithm run over a grid of parameters, on this machine or on a cluster."""
