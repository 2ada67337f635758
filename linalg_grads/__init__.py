"""Derive, check and run the backward pass of a layer, from its forward equation in LaTeX."""
