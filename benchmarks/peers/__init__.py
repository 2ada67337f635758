"""The peers of the engine, one module each, written as its documentation advises and with its shortest path to an answer.

READS, SHOWS   what it takes in, and what of the way it shows
VERSION_OF     the distribution whose version is reported
CANNOT         task -> why it has no answer
REMARKS        task -> what a reader should know of the answer
clear()        forget what was computed before
<task>()       a list of answers as text; for the linear layer three Jacobians and three gradients, in the order x, a, b
"""

PEERS = ("linalg_grads", "cadabra2", "sympy_indexed", "sympy_matrix", "sympy_array", "tensorgrad", "ufl")
TASKS = ("linear_layer", "softmax", "layer_norm", "attention")
