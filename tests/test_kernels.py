"""Kernels that disturb neither each other nor what the notebooks print."""

import os
from pathlib import Path

from jupyter_client import AsyncKernelManager, KernelManager

from website.kernels import SETTINGS, settled_kernels


def test_every_kernel_has_sockets_of_its_own():
    with settled_kernels():
        managers = [KernelManager(), AsyncKernelManager(), KernelManager()]
        assert {manager.transport for manager in managers} == {"ipc"}
        assert len({manager.ip for manager in managers}) == 3
        assert KernelManager(transport="tcp").transport == "tcp", "who asks for another transport gets it"


def test_kernels_find_fixed_settings_and_nothing_of_the_users(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("IPYTHONDIR", "of the user")
    with settled_kernels():
        assert SETTINGS.items() <= os.environ.items()
        assert os.listdir(os.environ["IPYTHONDIR"]) == []
    assert (os.environ["OMP_NUM_THREADS"], os.environ["IPYTHONDIR"]) == ("7", "of the user")


def test_nothing_is_left_behind():
    with settled_kernels():
        folder = Path(KernelManager().ip).parent
        Path(f"{folder}/1-1").touch()
    assert not folder.exists()


def test_settling_twice_is_settling_once():
    """As when a test runs `make execute`."""
    with settled_kernels():
        outer = KernelManager().ip
        with settled_kernels():
            assert Path(KernelManager().ip).parent != Path(outer).parent
        assert Path(KernelManager().ip).parent == Path(outer).parent
