"""The layer and its backward pass beside PyTorch's autograd, einsum and the bare matrix products.

    python -m benchmarks.gradients [--quick]

Each number of threads has a process of its own. In it, round after round, every contender has a turn, in a new order; a ratio
is taken within a round, so that whatever else the machine does falls on both. Of the ratios, the median is stored, with an
interval that holds the true median in at least 95 of 100 cases, whatever the noise looks like (`measure.ratio`).

    bare products   X A^T, G A and G^T X, no bias and no sum over the rows: what no method can do without
    peak memory     of the forward and the backward pass, over the size of their four outputs
"""

import json
import os
import random
import subprocess
import sys
import tracemalloc
from math import ceil, prod
from statistics import median
from time import perf_counter

from benchmarks.measure import machine, milliseconds, ratio, say, store, versions

# Leading axes, in, out. The third and the fourth do the same work; the last but one is the chapters' example in 8 times as many rows.
SIZES = [((1,), 8, 8), ((16,), 32, 64), ((128,), 256, 512), ((8, 16), 256, 512), ((1024,), 512, 512), ((4096,), 1024, 1024)]
QUICK_SIZES = SIZES[:2]
THREADS = (1, 2)
TURN = 0.003  # seconds that a turn lasts at least, of repetitions
BUDGET = 0.6  # seconds for all rounds of one case, where LEAST rounds don't take longer
LEAST, MOST = 6, 60  # rounds; with 6 the interval is from the smallest ratio to the largest

# ---------------------------------------------------------------- the contenders


def on_numpy(lead, in_, out, dtype):
    """{name: a function that computes y and the gradients of x, a and b}, for NumPy arrays; autograd has the same numbers."""
    import numpy as np

    from linalg_grads import linear, linear_backward

    generator = np.random.default_rng(0)
    x, a, b, grad_y = (generator.standard_normal(shape).astype(dtype) for shape in shapes(lead, in_, out))
    rows, grad_rows = x.reshape(-1, in_), grad_y.reshape(-1, out)

    def ours():
        return linear(x, a, b), linear_backward(grad_y, x, a)

    def by_hand():
        y = rows @ a.T + b
        return y.reshape(grad_y.shape), (grad_rows @ a).reshape(x.shape), grad_rows.T @ rows, grad_rows.sum(0)

    def einsum():
        return (np.einsum("...k,jk->...j", x, a, optimize=True) + b, np.einsum("...j,jk->...k", grad_y, a, optimize=True),
                np.einsum("ij,ik->jk", grad_rows, rows, optimize=True), np.einsum("ij->j", grad_rows))  # fmt: skip

    def bare_products():
        return rows @ a.T, grad_rows @ a, grad_rows.T @ rows

    theirs = on_torch(lead, in_, out, dtype, arrays=(x, a, b, grad_y))["autograd"]
    return {"linear and linear_backward": ours, "autograd": theirs, "NumPy by hand": by_hand, "einsum": einsum, "bare products": bare_products}


def on_torch(lead, in_, out, dtype, device="cpu", arrays=None):
    """The same for PyTorch's tensors, random ones if none are given."""
    import torch

    from linalg_grads import linear, linear_backward
    from linalg_grads.linear_function import linear_function

    generator = torch.Generator().manual_seed(0)
    tensors = map(torch.from_numpy, arrays) if arrays else (torch.randn(shape, generator=generator) for shape in shapes(lead, in_, out))
    x, a, b, grad_y = (tensor.to(device, getattr(torch, dtype)) for tensor in tensors)
    rows, grad_rows = x.reshape(-1, in_), grad_y.reshape(-1, out)
    leaves = [tensor.clone().requires_grad_() for tensor in (x, a, b)]

    def ours():
        return linear(x, a, b), linear_backward(grad_y, x, a)

    def function():
        y = linear_function(*leaves)
        return y, torch.autograd.grad(y, leaves, grad_y)

    class Plainest(torch.autograd.Function):
        """The least that a Function in Python can do: nothing is checked, and every gradient is computed."""

        @staticmethod
        def forward(x, a, b):
            return torch.nn.functional.linear(x, a, b)

        @staticmethod
        def setup_context(context, inputs, output):
            context.save_for_backward(*inputs[:2])

        @staticmethod
        def backward(context, grad_y):
            x, a = context.saved_tensors
            return grad_y @ a, grad_y.reshape(-1, out).T @ x.reshape(-1, in_), grad_y.reshape(-1, out).sum(0)

    def plainest():
        y = Plainest.apply(*leaves)
        return y, torch.autograd.grad(y, leaves, grad_y)

    def autograd():
        y = torch.nn.functional.linear(*leaves)
        return y, torch.autograd.grad(y, leaves, grad_y)

    def einsum():
        return (torch.einsum("...k,jk->...j", x, a) + b, torch.einsum("...j,jk->...k", grad_y, a),
                torch.einsum("...j,...k->jk", grad_y, x), torch.einsum("...j->j", grad_y))  # fmt: skip

    def bare_products():
        return rows @ a.T, grad_rows @ a, grad_rows.T @ rows

    return {
        "linear and linear_backward": ours, "linear_function": function, "plainest Function": plainest,
        "autograd": autograd, "einsum": einsum, "bare products": bare_products,
    }  # fmt: skip


def shapes(lead, in_, out):
    return (*lead, in_), (out, in_), (out,), (*lead, out)


OURS = {"numpy": ("linear and linear_backward",), "torch": ("linear and linear_backward", "linear_function")}
MAKE = {"numpy": on_numpy, "torch": on_torch}


# ---------------------------------------------------------------- time


def cases(quick):
    """[(library, dtype, device, sizes)] that this machine can run."""
    import torch

    sizes = QUICK_SIZES if quick else SIZES
    found = [("numpy", dtype, "cpu", size) for dtype in ("float32", "float64") for size in sizes]
    found += [("torch", dtype, "cpu", size) for dtype in ("float32", "float64") for size in sizes]
    found += [("torch", "bfloat16", "cpu", size) for size in sizes if size != SIZES[-1]]  # on a processor that emulates it, minutes
    if torch.cuda.is_available():
        found += [("torch", dtype, "cuda", size) for dtype in ("float32", "bfloat16") for size in sizes]
    return found


def race(library, dtype, device, size, budget=BUDGET):
    """One case: {"seconds": {contender: median}, "ratios": {ours: {another: ratio}}, and what it was}."""
    contenders = MAKE[library](*size, dtype) if device == "cpu" else on_torch(*size, dtype, device)
    wait = waiter(device)
    repeats = {name: ceil(TURN / turn(run, 1, wait)) for name, run in contenders.items()}
    seconds, order, shuffle = {name: [] for name in contenders}, list(contenders), random.Random(0).shuffle
    start = perf_counter()
    while len(seconds[order[0]]) < LEAST or perf_counter() - start < budget and len(seconds[order[0]]) < MOST:
        shuffle(order)
        for name in order:
            seconds[name].append(turn(contenders[name], repeats[name], wait))
    ratios = {ours: {other: ratio(seconds[ours], seconds[other]) for other in contenders if other != ours} for ours in OURS[library]}
    return {"library": library, "dtype": dtype, "device": device, "lead": size[0], "in": size[1], "out": size[2],
            "seconds": {name: median(values) for name, values in seconds.items()}, "rounds": len(seconds[order[0]]), "ratios": ratios}  # fmt: skip


def turn(run, repeats, wait):
    """Seconds of one run: of three batches of repetitions the best, after one that warms the caches; of a slow run, the only one."""
    if repeats == 1:
        return batch(run, 1, wait)
    batch(run, 1, wait)
    return min(batch(run, ceil(repeats / 3), wait) for _ in range(3))


def batch(run, repeats, wait):
    wait()
    start = perf_counter()
    for _ in range(repeats):
        run()
    wait()
    return (perf_counter() - start) / repeats


def waiter(device):
    import torch

    return torch.cuda.synchronize if device == "cuda" else lambda: None


# ---------------------------------------------------------------- memory

CHAPTER = ((128,), 256, 512)  # the chapters' example, in float64
SMALL = ((16,), 32, 64)  # where the Jacobian can be formed, too


def memory():
    """Peak memory in bytes: of each contender on NumPy at the chapters' sizes, of the gradient of a, and of it by its Jacobian.

    Of PyTorch's, all that is allocated on the way, as its profiler counts: what is freed in between counts, too.
    """
    numpy, torch = on_numpy(*CHAPTER, "float64"), on_torch(*CHAPTER, "float64")
    del numpy["autograd"]
    formed, never = by_jacobian(*SMALL)
    return {
        "outputs": sum(8 * prod(shape) for shape in shapes(*CHAPTER)),  # y is as large as grad_y
        "numpy": {name: peak(run) for name, run in numpy.items()},
        "torch": {name: allocated(run) for name, run in torch.items()},
        "jacobian": {"sizes": SMALL, "formed": peak(formed), "never formed": peak(never), "gradient": 8 * SMALL[1] * SMALL[2]},
    }


def by_jacobian(lead, in_, out):
    """Two ways to the gradient of a: dy_{ij}/da_{pq} = delta_{jp} x_{iq} first, or never."""
    import numpy as np

    from linalg_grads import linear_backward

    x, a, _, grad_y = (np.ones(shape) for shape in shapes(lead, in_, out))

    def jacobian():
        return np.tensordot(grad_y, np.einsum("jp,iq->ijpq", np.eye(out), x), 2)

    return jacobian, lambda: linear_backward(grad_y, x, a, needs="a")


def peak(run):
    """The most bytes that are in use at once, over those before."""
    run()
    tracemalloc.start()
    try:
        kept = run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        del kept


def allocated(run):
    from torch.profiler import ProfilerActivity, profile

    run()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        kept = run()
    del kept
    return sum(max(event.self_cpu_memory_usage, 0) for event in profiler.events())


# ---------------------------------------------------------------- all of it


def worker(threads, quick):
    import torch

    torch.set_num_threads(threads)
    found = []
    for number, case in enumerate(cases(quick), 1):
        print(f"\r  {threads} thread{'s' * (threads > 1)}: {number} of {len(cases(quick))}  {' '.join(map(str, case)):60}", end="", file=sys.stderr, flush=True)
        found.append(race(*case, budget=0 if quick else BUDGET) | {"threads": threads})
    json.dump({"cases": found, "memory": memory() if threads == 1 else None, "devices": devices()}, sys.stdout)


def devices():
    import torch

    return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]


def measure(quick=False):
    say("The gradients, by their number of threads")
    results = {"machine": machine(), "versions": versions("numpy", "torch"), "cases": []}
    for threads in THREADS:
        settings = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        command = [sys.executable, "-m", "benchmarks.gradients", "--worker", str(threads)] + ["--quick"] * quick
        run = subprocess.run(command, stdout=subprocess.PIPE, env=os.environ | settings, check=True)
        found = json.loads(run.stdout)
        results["cases"] += found["cases"]
        results["devices"] = found["devices"]
        results["memory"] = found["memory"] or results["memory"]
    say()
    for case in results["cases"]:
        ours = OURS[case["library"]][0]
        beside = ", ".join(f"{one['median']:.2f} x {name}" for name, one in case["ratios"][ours].items())
        say(f"  {case['library']:5} {case['dtype']:8} {case['device']} {case['threads']} {str((*case['lead'], case['in'], case['out'])):20}"
            f" {milliseconds(case['seconds'][ours]):>8}: {beside}")  # fmt: skip
    return results


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if "--worker" in arguments:
        worker(int(arguments[arguments.index("--worker") + 1]), "--quick" in arguments)
    else:
        store("gradients", measure("--quick" in arguments), "--quick" in arguments)
