"""Every picture of the book, one public function each: a call shows an SVG and returns None."""

from .batch_sum import outer_products
from .broadcasting import broadcast_and_sum
from .deltas import delta_picks_column, delta_sieve, delta_steps
from .index_flow import index_flow
from .jacobians import jacobian_of_X, jacobian_of_Z
from .networks import delete_node
from .reading_rule import reading_rule
from .shapes import layer_shapes
from .stacked import stacked_rows
from .verdicts import verdicts

__all__ = [
    "broadcast_and_sum",
    "delete_node",
    "delta_picks_column",
    "delta_sieve",
    "delta_steps",
    "index_flow",
    "jacobian_of_X",
    "jacobian_of_Z",
    "layer_shapes",
    "outer_products",
    "reading_rule",
    "stacked_rows",
    "verdicts",
]
