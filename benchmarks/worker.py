"""One peer in a process of its own: reads commands as lines of JSON, answers each with a line of JSON.

    {"task": "softmax", "clear": true, "times": 5}    -> {"seconds": [...], "answers": [...]} or {"error": "..."}
"""

import json
import sys
from importlib import import_module
from importlib.metadata import version
from time import perf_counter


def main(name):
    answer, sys.stdout = sys.stdout, sys.stderr  # what a peer prints itself must not mix with the answers
    start = perf_counter()
    peer = import_module(f"benchmarks.peers.{name}")
    hello = {key: getattr(peer, key.upper()) for key in ("reads", "shows", "cannot", "remarks")}
    hello["import_seconds"] = perf_counter() - start
    hello["version"] = version(peer.VERSION_OF) if peer.VERSION_OF else "this repository"
    print(json.dumps(hello), file=answer, flush=True)
    for line in sys.stdin:
        print(json.dumps(run(peer, json.loads(line))), file=answer, flush=True)


def run(peer, command):
    try:
        task, seconds = getattr(peer, command["task"]), []
        for _ in range(command["times"]):
            if command["clear"]:
                peer.clear()
            start = perf_counter()
            answers = task()
            seconds.append(perf_counter() - start)
        return {"seconds": seconds, "answers": answers}
    except Exception as error:  # a peer's own failure is a result
        return {"error": f"{type(error).__name__}: {str(error)[:200]}"}


if __name__ == "__main__":
    main(sys.argv[1])
