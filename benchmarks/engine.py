"""The engine beside its peers, how its time grows, and how long it takes to start.

    python -m benchmarks.engine [--quick] [peers|growth|start]...

peers   linear layer, softmax, layer norm, attention: every peer in a process of its own; round after round each of them
        has its turn, so that whatever else the machine does falls on all alike
growth  products, sums and networks of growing size; the exponent is the slope of a line through the last three sizes
start   `import linalg_grads` over a bare interpreter; a cold `python -m linalg_grads derive`
"""

import json
import math
import subprocess
import sys
from select import select
from statistics import linear_regression, median
from time import perf_counter

from benchmarks.measure import machine, milliseconds, say, spread, store
from benchmarks.peers import PEERS, TASKS

ROUNDS = 15
TURN = 0.03  # seconds that a peer's turn lasts at least, of repetitions
SLOW = 1  # seconds; what takes longer is run once with its caches empty, and once warm
SHOWN = 1000  # characters of each answer that are stored
PATIENCE = 60  # seconds; then a task counts as not done

# ---------------------------------------------------------------- peers


class Peer:
    """A peer's process, and what it said."""

    def __init__(self, name):
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.about = self.answer()

    def answer(self):
        ready, _, _ = select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if ready else b""
        return json.loads(line) if line else {"error": f"no answer in {PATIENCE} s" if not ready else "its process ended"}

    def run(self, task, clear=False, times=1):
        self.process.stdin.write(json.dumps({"task": task, "clear": clear, "times": times}).encode() + b"\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self):
        self.process.kill()
        self.process.wait()


def compare_peers(names=PEERS, rounds=ROUNDS):
    """{task: {peer: {"cleared": spread, "warm": spread, "answers": [...]} or {"error": ...}}}, and what each peer is."""
    about, tasks = {}, {}
    say(f"{len(names)} peers: starting them one after the other")
    peers = {}
    for name in names:
        peers[name] = Peer(name)
        about[name] = peers[name].about
        say(f"  {name:14} " + about[name].get("error", f"{about[name].get('version')}, imported in {about[name].get('import_seconds', 0):.2f} s"))
    for task in TASKS:
        tasks[task] = compare(task, peers, rounds)
    for peer in peers.values():
        peer.end()
    return {"about": about, "tasks": tasks}


def compare(task, peers, rounds=ROUNDS):
    say(f"\n{task.replace('_', ' ')}")
    found, turns = {}, {}
    for name, peer in peers.items():
        reason = peer.about.get("cannot", {}).get(task)
        first = {"error": reason} if reason else peer.run(task)
        if "error" in first:
            found[name] = first
            if not reason:  # it may still be at work on this
                peer.end()
                peers[name] = Peer(name)
            continue
        found[name] = {"answers": first["answers"], "remark": peer.about["remarks"].get(task, ""), "cleared": [], "warm": []}
        turns[name] = first["seconds"][0] if first["seconds"][0] > SLOW else peer.run(task)["seconds"][0]
    for number in range(rounds):
        for name, once in turns.items():
            if once < SLOW or number == 0:
                for kind in ("cleared", "warm"):
                    turn = peers[name].run(task, clear=kind == "cleared", times=math.ceil(TURN / once))
                    found[name][kind].append(median(turn["seconds"]))
        print(f"\r  round {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
    say("\r" + " " * 40)
    return report(found)


def report(found):
    ours = found["linalg_grads"]
    for kind in ("cleared", "warm"):
        reference = median(ours[kind])
        for name, one in found.items():
            if kind in one:
                one[kind] = spread(one[kind]) | {"times_ours": median(one[kind]) / reference}
    for name, one in found.items():
        if "error" in one:
            say(f"  {name:14} not solved: {one['error']}")
        else:
            one["characters"], one["answers"] = sum(map(len, one["answers"])), [answer[:SHOWN] for answer in one["answers"]]
            cleared, warm = one["cleared"], one["warm"]
            say(f"  {name:14} caches empty {milliseconds(cleared['median']):>8} ({cleared['times_ours']:6.1f} x ours), warm {milliseconds(warm['median']):>8}"
                f" ({warm['times_ours']:6.1f} x); {one['characters']} characters; {one['remark']}")  # fmt: skip
    return found


# ---------------------------------------------------------------- growth

LETTERS = [*"ijkmnrstuvwabcdefghlopqxyz", *(rf"\{name}" for name in "alpha beta gamma epsilon zeta eta theta iota kappa lambda mu nu xi".split())]


def product(size):
    """y_{i..} = w_{1,ij} w_{2,jk} ...: a chain of matrices, by the middle one."""
    factors = [f"w_{{{n},{LETTERS[n]} {LETTERS[n + 1]}}}" for n in range(size)]
    return f"y_{{{LETTERS[0]} {LETTERS[size]}}} = {' '.join(factors)}", f"w_{{{size // 2}}}"


def total(size):
    """y_{ij} = x_{1,ik} a_{jk} + x_{2,ik} a_{jk} + ..., by a."""
    return "y_{ij} = " + " + ".join(f"x_{{{n},ik}} a_{{jk}}" for n in range(size)), "a"


def network(size, residual=False):
    """h_n = tanh(h_{n-1} w_n^T), or h_{n-1} + that, by the first input."""
    equations, before = [], "x_{%s}"
    for n in range(size):
        after = "h_{%d,%%s}" % n if n < size - 1 else "y_{%s}"
        straight = before % "ij" + " + " if residual else ""
        equations.append(rf"{after % 'ij'} = {straight}\tanh({before % 'ik'} w_{{{n},jk}})")
        before = after
    return equations, "x"


def residual_network(size):
    return network(size, residual=True)


FAMILIES = {
    "product of matrices": (product, (5, 10, 20, 30)),
    "sum of terms": (total, (10, 50, 100, 200)),
    "layers": (network, (2, 5, 10, 20, 30)),
    "residual layers": (residual_network, (2, 5, 10, 20, 30)),
}
STAGES = {
    "jacobian": lambda derivation: derivation.jacobian,
    "gradient": lambda derivation: derivation.gradient,
    "to_latex": lambda derivation: derivation.to_latex(),
    "to_numpy": lambda derivation: derivation.to_numpy(),
}


def growth(most=5):
    """Up to `most` sizes of each: {family: {"sizes", "seconds": {stage: [...]}, "exponent": {stage: number}}}"""
    from benchmarks.peers.linalg_grads import backward, clear

    found = {}
    for family, (make, sizes) in FAMILIES.items():
        sizes = sizes[:most]
        say(f"\n{family}: {', '.join(map(str, sizes))}")
        seconds = {stage: [] for stage in ("read", *STAGES)}
        for size in sizes:
            for stage, value in once(make(size), backward, clear).items():
                seconds[stage].append(value)
        exponent = {stage: slope(sizes, values) for stage, values in seconds.items()}
        for stage, values in seconds.items():
            say(f"  {stage:9} {'  '.join(f'{milliseconds(value):>8}' for value in values)}   exponent {exponent[stage]:.1f}")
        found[family] = {"sizes": sizes, "seconds": seconds, "exponent": exponent}
    return found


def once(problem, backward, clear):
    """The smallest of three: this is about the engine, not about what else runs."""
    runs = []
    for _ in range(3):
        clear()
        start = perf_counter()
        derivation = backward(*problem)
        taken = {"read": perf_counter() - start}
        for stage, compute in STAGES.items():
            start = perf_counter()
            compute(derivation)
            taken[stage] = perf_counter() - start
        runs.append(taken)
    return {stage: min(run[stage] for run in runs) for stage in runs[0]}


def slope(sizes, seconds):
    return linear_regression([math.log(size) for size in sizes[-3:]], [math.log(value) for value in seconds[-3:]]).slope


# ---------------------------------------------------------------- start

LINEAR = r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j"
COMMANDS = {
    "bare interpreter": ["-c", "pass"],
    "import linalg_grads": ["-c", "import linalg_grads"],
    "from linalg_grads import backward": ["-c", "from linalg_grads import backward"],
    "python -m linalg_grads derive": ["-m", "linalg_grads", "derive", LINEAR, "--wrt", "a"],
    "derive --format numpy": ["-m", "linalg_grads", "derive", LINEAR, "--wrt", "a", "--format", "numpy"],
    "derive --format json": ["-m", "linalg_grads", "derive", LINEAR, "--wrt", "a", "--format", "json"],
}

def start(runs=20):
    """{command: spread of the processes, in turn}, and the modules that cost most, by `-X importtime`."""
    say(f"\nstarting each command {runs} times, in turn, its bytecode stored")
    seconds = {name: [] for name in COMMANDS}
    for _ in range(runs + 1):
        for name, command in COMMANDS.items():
            begin = perf_counter()
            subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True)
            seconds[name].append(perf_counter() - begin)
    found = {name: spread(values[1:]) for name, values in seconds.items()}  # the first run stores the bytecode
    bare = found["bare interpreter"]["median"]
    for name, one in found.items():
        say(f"  {name:34} {milliseconds(one['median'])}, {milliseconds(one['median'] - bare)} over a bare interpreter")
    return {"commands": found, "imports": slowest_imports(COMMANDS["python -m linalg_grads derive"])}


def slowest_imports(command):
    """[[module, microseconds of its own]], the ten slowest."""
    lines = subprocess.run([sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True).stderr.splitlines()
    rows = [line.removeprefix("import time:").split("|") for line in lines if line.startswith("import time:") and "[us]" not in line]
    return sorted(([name.strip(), int(own)] for own, _, name in rows), key=lambda row: -row[1])[:10]


PARTS = {"peers": compare_peers, "growth": growth, "start": start}


def measure(quick=False, wanted=()):
    """All parts, or those wanted; quickly: this engine alone, and the smallest problems."""
    if quick:
        return {"peers": compare_peers(("linalg_grads",), rounds=1), "growth": growth(2), "start": start(1)}
    return {"machine": machine()} | {part: PARTS[part]() for part in wanted or PARTS}


def main(arguments):
    wanted = [argument for argument in arguments if argument in PARTS]
    quick = "--quick" in arguments
    store("_".join(["engine", *wanted]), measure(quick, wanted), quick)


if __name__ == "__main__":
    main(sys.argv[1:])
