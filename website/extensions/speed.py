"""What `make bench` measured, from benchmarks/results/*.json: no number is typed by hand.

    ```{speed} gradients-autograd       one of the tables below; where a table compares, each row has a picture of its ratio
    ```
    {measured}`equations a second`      one of the numbers of `facts`, in a sentence

A ratio is ours over the other's, so less than 1 is faster. Its interval says how a goal stands: the goal is met, missed, or the
noise hides it. Where a benchmark has not been run yet, the page says so.
"""

import json
from html import escape
from math import log10, prod
from pathlib import Path
from statistics import median

from docutils import nodes
from sphinx.util.docutils import SphinxDirective, SphinxRole
from stated import stated

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
ENDS = {"met": "met", "open": "within noise", "missed": "missed"}
LARGE = 128 * 256 * 512  # from this many multiplications on, the bare products are the goal


def setup(app):
    app.add_role("measured", Measured())
    app.add_directive("speed", Speed)


def results():
    """{benchmark: what it stored}"""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}


class Measured(SphinxRole):
    def run(self):
        note(self.env)
        found = results()
        known = facts(found)
        if self.text not in known and FACTS.keys() - found.keys():
            return [nodes.emphasis(text="not measured yet")], []
        return stated(self, known, "nothing measured is called")


class Speed(SphinxDirective):
    required_arguments = 1

    def run(self):
        note(self.env)
        name, found = self.arguments[0], results()
        if name not in TABLES:
            raise self.error(f"no table is called '{name}', only {', '.join(TABLES)}")
        benchmark, make = TABLES[name]
        if benchmark and benchmark not in found:
            return [nodes.paragraph("", "", nodes.emphasis(text="Not measured yet."))]
        return [nodes.raw("", make(found), format="html")]


def note(env):
    for path in RESULTS.glob("*.json"):
        env.note_dependency(str(path))


# ---------------------------------------------------------------- how a goal stands


def stands(ratio, limit):
    """Is the ratio at most `limit`? By its whole interval, or by none of it, or the noise hides it.

    >>> stands({"interval": [0.8, 0.9]}, 1), stands({"interval": [0.9, 1.1]}, 1), stands({"interval": [1.1, 1.2]}, 1)
    ('met', 'open', 'missed')
    """
    low, high = ratio["interval"]
    return "met" if high <= limit else "missed" if low > limit else "open"


def against(found, ours, other, least=0):
    """[(case, ratio)] of the gradients: `ours` over `other`, where both ran, from `least` multiplications on."""
    return [
        (case, case["ratios"][ours][other])
        for case in found["gradients"]["cases"]
        if other in case["ratios"].get(ours, ()) and multiplications(case) >= least
    ]


def multiplications(case):
    return prod(case["lead"]) * case["in"] * case["out"]


def goal_of_cases(pairs, limit):
    """How many cases of each end, in words, and whether the goal is met: in no case missed for certain."""
    ends = [stands(ratio, limit) for _, ratio in pairs]
    told = ", ".join(f"{ends.count(end)} {words}" for end, words in ENDS.items() if ends.count(end))
    return f"of {len(ends)} cases {told}", "missed" if "missed" in ends else "met"


OURS, FUNCTION = "linear and linear_backward", "linear_function"
PAIR = "`linear` and `linear_backward`"
TIMES_FASTER = {"cadabra2": 4, "sympy_indexed": 30, "sympy_matrix": 30, "sympy_array": 30, "tensorgrad": 30}  # the goals for the linear layer


def goals(found):
    """[(goal, what was measured, how it stands)]"""
    return [goal for benchmark, part in GOALS.items() if benchmark in found for goal in part(found)]


def goals_of_gradients(found):
    rows = [
        (f"{PAIR} never slower than PyTorch's autograd, within noise", *goal_of_cases(against(found, OURS, "autograd"), 1)),
        (f"`{FUNCTION}` never slower than PyTorch's autograd, within noise", *goal_of_cases(against(found, FUNCTION, "autograd"), 1)),
        (f"{PAIR} within 5 % of the bare matrix products, from (128, 256, 512) on", *goal_of_cases(against(found, OURS, "bare products", least=LARGE), 1.05)),
    ]
    if plainest := against(found, FUNCTION, "plainest Function"):
        rows.insert(2, (f"`{FUNCTION}` never slower than the plainest `Function` in Python, within noise", *goal_of_cases(plainest, 1)))
    memory = found["gradients"]["memory"]
    for library, name in LIBRARIES.items():
        share = memory[library][OURS] / memory["outputs"]
        rows.append((f"No more memory than the outputs need, on {name}", f"{share:.2f} times the outputs", "met" if share < 1.01 else "missed"))
    return rows


def goals_of_the_engine(found):
    rows = []
    for task, peers in found["engine"]["peers"]["tasks"].items():
        times = {name: one["cleared"]["times_ours"] for name, one in peers.items() if name != "linalg_grads" and solved(one)}
        faster = sorted(name for name, ratio in times.items() if ratio < 1)
        told = f"of {len(times)} that solve it, faster: {', '.join(faster) or 'none'}"
        rows.append((f"The engine ahead of every peer: {task.replace('_', ' ')}", told, "missed" if faster else "met"))
    for name, wanted in TIMES_FASTER.items():
        peer = found["engine"]["peers"]["tasks"]["linear_layer"][name]
        times = peer["cleared"]["times_ours"] if solved(peer) else 0
        rows.append((f"The engine {wanted} times faster than {name} on the linear layer", f"{times:.3g} times" if times else "not solved", "met" if times >= wanted else "missed"))
    starts = found["engine"]["start"]["commands"]
    more = starts["from linalg_grads import backward"]["median"] - starts["bare interpreter"]["median"]
    cold = starts["python -m linalg_grads derive"]["median"]
    return [
        *rows,
        ("`from linalg_grads import backward` in 40 ms more than Python alone", milliseconds(max(more, 0)), "met" if more <= 0.04 else "missed"),
        ("`python -m linalg_grads derive` in 90 ms in all", milliseconds(cold), "met" if cold <= 0.09 else "missed"),
    ]


def solved(one):
    return "error" not in one and not one["remark"].startswith("wrong")


def goals_of_the_checks(found):
    seconds = found["checks"]["notebooks"]["seconds"]
    shares = {peer: seconds["strict nbval and the guard"]["median"] / seconds[peer]["median"] for peer in ("nbmake", "nbclient", "jupyter-cache")}
    return [
        (f"Strict comparison of notebooks as fast as {peer}, which compares nothing, within 5 %", f"{share:.2f} times its time", "met" if share <= 1.05 else "missed")
        for peer, share in shares.items()
    ]


def goals_of_the_book(found):
    ours, theirs = found["book"]["books"].values()
    scratch, again = ours["seconds"]["from scratch"], ours["seconds"]["after a change"]
    a_page = {"interval": [seconds / ours["pages"] for seconds in scratch["quartiles"]]}
    heaviest = max(visit["bytes"] for visit in ours["visits"])
    sooner = sum(one["mathematics"]["median"] < other["mathematics"]["median"] for one, other in zip(ours["visits"], theirs["visits"]))
    return [
        ("This book built from scratch in 0.4 s a page", milliseconds(scratch["median"] / ours["pages"]), stands(a_page, 0.4)),
        ("This book built in 3 s after a change in one chapter", milliseconds(again["median"]), stands({"interval": again["quartiles"]}, 3)),
        ("A page of at most 250 kB", f"the heaviest of {len(ours['visits'])}: {kilobytes(heaviest)}", "met" if heaviest <= 250_000 else "missed"),
        ("Mathematics shown sooner than in the other book", f"on {sooner} of {len(ours['visits'])} pages", "met" if sooner == len(ours["visits"]) else "missed"),
    ]


GOALS = {"gradients": goals_of_gradients, "engine": goals_of_the_engine, "checks": goals_of_the_checks, "book": goals_of_the_book}


def facts(found):
    """Name -> what stands in a sentence, of all that has been measured."""
    return {name: fact for benchmark, part in FACTS.items() if benchmark in found for name, fact in part(found[benchmark]).items()}


def facts_of_gradients(gradients):
    jacobian, found = gradients["memory"]["jacobian"], {"gradients": gradients}
    large = [ratio["median"] for _, ratio in against(found, OURS, "bare products", least=LARGE)]
    small = [ratio["median"] for case, ratio in against(found, FUNCTION, "autograd") if case["in"] == 8]
    return {
        "device": ", ".join(gradients["devices"]) or "not measured, for want of one",
        "bare products": f"{min(large):.2f} to {max(large):.2f}",
        "linear_function at the smallest size": f"{min(small):.2f} to {max(small):.2f}",
        "Jacobian's sizes": f"({', '.join(map(str, [*jacobian['sizes'][0], *jacobian['sizes'][1:]]))})",
        "Jacobian formed": size(jacobian["formed"]),
        "Jacobian never formed": size(jacobian["never formed"]),
        "Jacobian's share": f"{jacobian['formed'] / jacobian['never formed']:,.0f}",
    }


def facts_of_checks(checks):
    equations, seconds = checks["equations"], checks["notebooks"]["seconds"]
    return {
        "equations": f"{equations['equations']:,}",
        "equations' seconds": f"{equations['seconds']['median']:.1f}",
        "equations a second": f"{equations['a_second']:.0f}",
        "an equation": milliseconds(equations["each"]["median"]),
        "slowest equation": milliseconds(equations["each"]["slowest"]),
        "notebooks": str(len(checks["notebooks"]["notebooks"])),
        "over the floor": f"{seconds['strict nbval and the guard']['median'] / seconds['floor']['median']:.1f}",
    }


def facts_of_make_test(run):
    return {"make test": f"{run['warm']['seconds']:.0f} s"}


def facts_of_book(book):
    ours, theirs = book["books"].values()
    worse = [name for group in compared(ours, theirs).values() for name, one, other, _ in group if one > other and name not in SIZES]
    return {
        "a phone's network": f"{book['phone']['megabits']:g} Mbit/s and {milliseconds(book['phone']['latency'])} to an answer",
        "a phone's processor": f"{book['phone']['slower']} times slower",
        "pages visited": str(len(ours["visits"])),
        "unanswered": ", ".join(sorted({host for visit in theirs["visits"] for host in visit["unanswered"]})) or "none",
        "where the other book is ahead": "; ".join(dict.fromkeys(worse)) or "nothing",
    }


FACTS = {"gradients": facts_of_gradients, "checks": facts_of_checks, "make_test": facts_of_make_test, "book": facts_of_book}
LIBRARIES = {"numpy": "NumPy", "torch": "PyTorch"}


def size(count):
    """
    >>> size(2048), size(3 << 20)
    ('2.0 KiB', '3.0 MiB')
    """
    unit = next(unit for unit in (30, 20, 10, 0) if count >> unit or not unit)
    return f"{count / 2**unit:.1f} {dict([(30, 'GiB'), (20, 'MiB'), (10, 'KiB'), (0, 'bytes')])[unit]}"


def kilobytes(count):
    return f"{count / 1000:.0f} kB"


def number(ratio):
    """
    >>> number(1.234), number(0.00123)
    ('1.23', '0.001')
    """
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.1g}"


def milliseconds(seconds):
    r"""Three digits and a unit, on one line.

    >>> milliseconds(0.000012), milliseconds(0.5), milliseconds(12)
    ('12\xa0µs', '500\xa0ms', '12\xa0s')
    """
    scale, unit = (1e6, "µs") if seconds < 1e-3 else (1e3, "ms") if seconds < 1 else (1, "s")
    return f"{seconds * scale:.3g}\N{NO-BREAK SPACE}{unit}"


# ---------------------------------------------------------------- the tables


def table(head, rows):
    """`rows` are lists of cells, each a text or the HTML of a picture; the first heads its row. A single text heads a group."""
    lines = ["<tr>" + "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head) + "</tr>"]
    for row in rows:
        if isinstance(row, str):
            lines.append(f'<tr><th scope="colgroup" colspan="{len(head)}">{escape(row)}</th></tr>')
        else:
            first, *rest = (cell if cell.startswith("<") else code(cell) for cell in row)
            lines.append(f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>")
    return f'<div class="pst-scrollable-table-container"><table class="table speed"><thead>{lines[0]}</thead><tbody>{"".join(lines[1:])}</tbody></table></div>'


def code(text):
    """Escaped, with `...` set as code."""
    return "".join(f"<code>{escape(part)}</code>" if odd % 2 else escape(part) for odd, part in enumerate(text.split("`")))


def end(word):
    return f'<span class="speed-{word}">{ENDS[word]}</span>'


def whisker(ratio, word, scale):
    """The interval as a bar and the median as a dot, between the two ends of a logarithmic scale; the goal is a line."""
    low, high, limit = scale
    place = lambda value: 100 * min(1, max(0, log10(value / low) / log10(high / low)))
    left, right = map(place, ratio["interval"])
    return (f'<div class="speed-track" aria-hidden="true" style="--goal:{place(limit):.0f}%"><i class="speed-{word}" style="left:{left:.1f}%;width:{max(right - left, 0.5):.1f}%"></i>'
            f'<b class="speed-{word}" style="left:{place(ratio["median"]):.1f}%"></b></div>')  # fmt: skip


def bar(value, largest):
    return f'<div class="speed-bar" aria-hidden="true"><i style="width:{100 * value / largest:.1f}%"></i></div>'


def table_of_goals(found):
    return table(["goal", "measured", "it is"], [[goal, measured, end(word)] for goal, measured, word in goals(found)])


def ratios(found, ours, other, limit, scale, least=0):
    """A group for each size, a row for each way to run it."""
    rows, group = [], None
    pairs = against(found, ours, other, least=least)
    for case, ratio in sorted(pairs, key=lambda pair: (multiplications(pair[0]), pair[0]["lead"])):
        shape = f"({', '.join(map(str, [*case['lead'], case['in'], case['out']]))})"
        if shape != group:
            rows.append(group := shape)
        word = stands(ratio, limit)
        threads = f"{case['threads']} thread{'s' * (case['threads'] > 1)}" if case["device"] == "cpu" else case["device"]
        name = f"{LIBRARIES[case['library']]} {case['dtype']}, {threads}"
        low, high = ratio["interval"]
        rows.append([name, number(ratio["median"]), f"{number(low)} to {number(high)}", whisker(ratio, word, (*scale, limit)), end(word)])
    return table(["run", "ratio", "interval", f"{scale[0]:g} to {scale[1]:g}", f"at most {limit:g}?"], rows)


def table_of_memory(found):
    memory = found["gradients"]["memory"]
    rows = []
    for library, title in (("numpy", "NumPy: the most in use at once"), ("torch", "PyTorch: all that was allocated")):
        rows.append(title)
        rows += [[name, size(used), f"{used / memory['outputs']:.2f}"] for name, used in memory[library].items()]
    return table(["run", "bytes", "times the outputs"], rows)


def table_of_peers(found):
    peers, rows = found["engine"]["peers"], []
    for task, ends in peers["tasks"].items():
        rows.append(task.replace("_", " "))
        for name, one in ends.items():
            if "error" in one:
                rows.append([name, "", "", one["error"]])
            else:
                times = one["cleared"]["times_ours"]
                ratio = {"median": times, "interval": [quartile * times / one["cleared"]["median"] for quartile in one["cleared"]["quartiles"]]}
                picture = whisker(ratio, "met" if times >= 1 else "missed", (0.1, 1000, 1))
                rows.append([name, milliseconds(one["cleared"]["median"]), f"{times:.3g}", picture + code(one["remark"])])
    return table(["engine", "time", "times ours", "0.1 to 1000"], rows)


def table_of_growth(found):
    rows = []
    for family, grown in found["engine"]["growth"].items():
        rows.append(f"{family}: {', '.join(map(str, grown['sizes']))}")
        rows += [[stage, milliseconds(seconds[-1]), f"{grown['exponent'][stage]:.1f}"] for stage, seconds in grown["seconds"].items()]
    return table(["stage", "at the largest", "grows with the power"], rows)


def bars(head, pairs):
    largest = max(value for _, value in pairs)
    return table(head, [[name, milliseconds(value), bar(value, largest)] for name, value in pairs])


def table_of_starts(found):
    return bars(["command", "time", "drawn"], [(name, one["median"]) for name, one in found["engine"]["start"]["commands"].items()])


def table_of_runners(found):
    return bars(["runner", "time", "drawn"], [(name, one["median"]) for name, one in found["checks"]["notebooks"]["seconds"].items()])


SIZES = ("pages", "equations")  # what a book has, and not what it costs


def compared(ours, theirs):
    """{what is compared: [(measure, ours, theirs, how it is written)]}"""
    return {
        "build": [
            ("pages", ours["pages"], theirs["pages"], str),
            ("from scratch", *(book["seconds"]["from scratch"]["median"] for book in (ours, theirs)), milliseconds),
            ("from scratch, for each page", *(book["seconds"]["from scratch"]["median"] / book["pages"] for book in (ours, theirs)), milliseconds),
            ("after a change in one chapter", *(book["seconds"]["after a change"]["median"] for book in (ours, theirs)), milliseconds),
        ],
        "a first visit: the page with the most equations": costs(ours["visits"][:1], theirs["visits"][:1]),
        f"a first visit: the median of {len(ours['visits'])} pages": costs(ours["visits"], theirs["visits"]),
    }


def costs(ours, theirs):
    middle = lambda visits, measure: median(measure(visit) for visit in visits)
    whole = lambda value: f"{value:g}"
    measures = [
        ("equations", lambda visit: visit["equations"], whole),
        ("bytes", lambda visit: visit["bytes"], kilobytes),
        ("bytes from elsewhere", lambda visit: visit["bytes_outside"], kilobytes),
        ("requests", lambda visit: visit["requests"], whole),
        ("requests to elsewhere", lambda visit: visit["requests_outside"], whole),
        ("first words shown", lambda visit: visit["first_paint"]["median"], milliseconds),
        ("all mathematics shown", lambda visit: visit["mathematics"]["median"], milliseconds),
    ]
    return [(name, middle(ours, measure), middle(theirs, measure), write) for name, measure, write in measures]


def table_of_books(found):
    ours, theirs = found["book"]["books"].values()
    rows = []
    for group, measures in compared(ours, theirs).items():
        rows.append(group)
        rows += [[name, write(one), write(other), "" if name in SIZES or not other else number(one / other)] for name, one, other, write in measures]
    return table(["measure", "this book", "the other", "ours over theirs"], rows)


def table_of_changes(found):
    return table(["setting", "why"], [[f"`{setting}`", why] for setting, why in found["book"]["changes"].items()])


def table_of_steps(found):
    return bars(["step", "time", "drawn"], found["make_test"]["warm"]["steps"])


def table_of_files(found):
    return bars(["tests", "time in all", "drawn"], [(f"`{Path(name).name}`", seconds) for name, seconds in found["make_test"]["warm"]["files"]])


def table_of_pages(found):
    pages = found["checks"]["equations"]["pages"]
    most = sorted(pages.items(), key=lambda item: -item[1])[:8]
    return bars(["page", "time", "drawn"], [(f"`{Path(name).name}`", seconds) for name, seconds in most])


def table_of_machines(found):
    rows = []
    for name, result in found.items():
        machine = result["machine"]
        versions = ", ".join(f"{package} {version}" for package, version in versions_of(result).items())
        hardware = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}; load before {machine['load_before'] or 0:.1f}"
        rows.append([name, machine["date"], hardware, ", ".join(filter(None, [f"Python {machine['python']}", versions]))])
    return table(["benchmark", "date", "machine", "versions"], rows)


def versions_of(result):
    peers = result.get("peers", {}).get("about", {})
    named = {name: one["version"] for name, one in peers.items() if one.get("version", "this")[0].isdigit()}
    return result.get("versions", {}) | result.get("notebooks", {}).get("versions", {}) | named


TABLES = {  # of which benchmark, and how it is made
    "goals": ("", table_of_goals),
    "gradients-autograd": ("gradients", lambda found: ratios(found, OURS, "autograd", 1, (0.1, 10))),
    "function-autograd": ("gradients", lambda found: ratios(found, FUNCTION, "autograd", 1, (0.5, 4))),
    "gradients-products": ("gradients", lambda found: ratios(found, OURS, "bare products", 1.05, (0.7, 1.5), LARGE)),
    "memory": ("gradients", table_of_memory),
    "peers": ("engine", table_of_peers),
    "growth": ("engine", table_of_growth),
    "starts": ("engine", table_of_starts),
    "pages": ("checks", table_of_pages),
    "runners": ("checks", table_of_runners),
    "books": ("book", table_of_books),
    "changes": ("book", table_of_changes),
    "steps": ("make_test", table_of_steps),
    "files": ("make_test", table_of_files),
    "machines": ("", table_of_machines),
}
