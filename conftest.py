"""What every test run needs: settled kernels, and a dead one noticed."""

import time
from contextlib import ExitStack
from queue import Empty
from unittest import mock

from nbval.kernel import RunningKernel

from website.kernels import settled_kernels


def pytest_configure(config):
    stack = ExitStack()
    stack.enter_context(settled_kernels())
    stack.enter_context(mock.patch.object(RunningKernel, "get_message", get_message_of_a_living_kernel))
    config.add_cleanup(stack.close)


wait_for_message = RunningKernel.get_message


def get_message_of_a_living_kernel(kernel, stream, timeout=None):
    """nbval waits for a dead kernel's answer until the cell's timeout, and then calls it a timeout. Look each second."""
    deadline = float("inf") if timeout is None else time.monotonic() + timeout
    while True:
        try:
            return wait_for_message(kernel, stream, timeout=min(1, max(0, deadline - time.monotonic())))
        except Empty:
            if not kernel.is_alive():
                raise RuntimeError("The kernel died: it crashed, was killed, or ran out of memory.") from None
            if time.monotonic() >= deadline:
                raise
