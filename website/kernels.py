"""How a notebook's kernel is started: the same for the tests and for `make execute`.

A stored output can be compared with a fresh one only if both were made under the same conditions.
"""

import os
import tempfile
from contextlib import contextmanager
from itertools import count
from unittest import mock

from jupyter_client import KernelManager

SETTINGS = {
    "OMP_NUM_THREADS": "1",  # the last digit of a sum depends on the number of threads
    "PYTHONHASHSEED": "0",  # the printed order of a set
}


@contextmanager
def settled_kernels():
    """Kernels started inside have fixed settings, no configuration of the user's, and sockets of their own.

    The sockets are files in a new folder, not TCP ports: two kernels that start together can be given the same port.
    The folder is removed at the end.
    """
    start = KernelManager.__init__
    number = count(1)

    def start_on_a_private_socket(manager, *args, **kwargs):
        start(manager, *args, **{"transport": "ipc", "ip": f"{folder}/{next(number)}"} | kwargs)

    with tempfile.TemporaryDirectory(prefix="kernels-", ignore_cleanup_errors=True) as folder:
        with mock.patch.dict(os.environ, SETTINGS, IPYTHONDIR=folder):
            with mock.patch.object(KernelManager, "__init__", start_on_a_private_socket):
                yield
