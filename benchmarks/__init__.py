"""Measured claims: each module is one command and prints the figures it is named for."""
