"""Workloads with known sizes, measured beside the machine's own floor in the same run."""
