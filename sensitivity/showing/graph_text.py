"""The assumption graph as text, Mermaid or Graphviz dot."""

from collections.abc import Iterable, Iterator

from sensa import graph as g
from sensa.showing.expression_text import show_bool, show_number, show_real

_SHAPES = {
    "assumption": ("[", "]", "box"),
    "challenge": ("{{", "}}", "hexagon"),
    "choice": ("{", "}", "diamond"),
    "event": ("(", ")", "ellipse"),
    "safeguard": ("[[", "]]", "component"),
    "outcome": ("([", "])", "doubleoctagon"),
}


def show_graph(graph: g.Graph) -> str:
    """Every parameter, node and outcome, in the order of the graph."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: g.Graph) -> Iterator[str]:
    yield f"parameters ({len(graph.parameters)})"
    for i, parameter in enumerate(graph.parameters):
        distribution = parameter.distribution
        numbers = ", ".join(map(show_number, distribution.args))
        yield f"  θ{i} {parameter.path} ~ {distribution.family}({numbers})"
    for d in graph.dependence:
        first, second = graph.parameters[d.first].path, graph.parameters[d.second].path
        yield f"  rank correlation {show_number(d.rank_correlation)} between {first} and {second}"
    if graph.quantities:
        yield f"derived quantities ({len(graph.quantities)})"
        for quantity in graph.quantities:
            yield f"  {quantity.name} = {show_real(quantity.value, graph)}"
    yield f"nodes ({len(graph.nodes)})"
    for node in graph.nodes:
        yield f"  {node.kind} {node.label}"
        yield from (f"    {line}" for line in _law(node.law, graph))
    yield f"outcomes ({len(graph.outcomes)} at {len(graph.steps)} steps)"
    for outcome in graph.outcomes:
        yield f"  {outcome.kind} {outcome.name}"
        if not outcome.when:
            yield "    otherwise"
        for step, when in enumerate(outcome.when):
            yield f"    @{step + 1} when {show_bool(when, graph)}"
    for name, value in graph.criteria.items():
        yield f"criterion {name} = {show_bool(value, graph)}"


def _law(law: g.Law, graph: g.Graph) -> Iterator[str]:
    match law:
        case g.FirstCase(cases):
            for case in cases:
                yield f"if {show_bool(case.when, graph)}: {show_real(case.chance, graph)}"
        case g.AnyCause(causes):
            for case in causes:
                yield f"cause {show_bool(case.when, graph)}: {show_real(case.chance, graph)}"
        case g.Pick():
            for i, option in enumerate(law.options):
                weight = f" weight {show_real(law.weights[i], graph)}," if law.weights else ""
                miss = f" misses by {show_real(law.misses[i], graph)}" if law.misses else ""
                yield f"{option}:{weight}{miss}".rstrip(",:")
            for rule in law.rules:
                excluded = [f"not {law.options[o]}" for o in sorted(rule.excludes)]
                factors = [f"{law.options[o]} × {show_real(f, graph)}" for o, f, _ in rule.factors]
                yield f"if {show_bool(rule.when, graph)}: {', '.join(excluded + factors)}"
            for row in law.rows:
                where = "if " + " and ".join(show_bool(test, graph) for test in row.tests)
                chances = [
                    f"{o} {show_real(p, graph)}" for o, p in zip(law.options, row.chances, strict=True)
                ]
                yield f"{where if row.tests else 'else'}: {', '.join(chances)}"


def show_mermaid(graph: g.Graph) -> str:
    """The graph as a Mermaid flowchart; every-step nodes once, dashed if read one step later."""
    lines = ["flowchart TD"]
    for name, kind in drawn(graph):
        left, right, _ = _SHAPES[kind]
        lines.append(f'  {name}{left}"{name.replace("_", " ")}"{right}')
    lines += [f"  {a} {'-.->' if earlier else '-->'} {b}" for a, b, earlier in edges_of(graph)]
    return "\n".join(lines) + "\n"


def show_dot(graph: g.Graph) -> str:
    """The graph in Graphviz's language; every-step nodes once, dashed if read one step later."""
    lines = ["digraph story {", "  node [fontname=Helvetica];"]
    for name, kind in drawn(graph):
        lines.append(f'  "{name}" [shape={_SHAPES[kind][2]}];')
    for a, b, earlier in edges_of(graph):
        lines.append(f'  "{a}" -> "{b}"{" [style=dashed]" if earlier else ""};')
    return "\n".join([*lines, "}"]) + "\n"


def drawn(graph: g.Graph) -> Iterable[tuple[str, str]]:
    """Each of the author's names once, with its kind; the draws of experts are uncertain numbers."""
    names = {node.name: str(node.kind) for node in graph.nodes if node.kind != "expert"}
    return [*names.items(), *((outcome.name, "outcome") for outcome in graph.outcomes)]


def edges_of(graph: g.Graph) -> list[tuple[str, str, bool]]:
    """Edges between the names that are drawn, and whether they are read one step later."""
    edges: dict[tuple[str, str, bool], None] = {}
    for node in graph.nodes:
        for source in sorted(read_by_law(node.law, graph)):
            other = graph.nodes[source]
            if other.kind == "expert":
                continue
            earlier = other.step is not None and node.step is not None and other.step < node.step
            edges[other.name, node.name, earlier] = None
    for outcome in graph.outcomes:
        for step, when in enumerate(outcome.when):
            for source in sorted(read_by(when, graph)):
                other = graph.nodes[source]
                if other.kind != "expert":
                    edges[other.name, outcome.name, other.step is not None and other.step < step] = None
    return list(edges)


def read_by_law(law: g.Law, graph: g.Graph) -> set[int]:
    """The nodes that a law reads."""
    return set().union(*(read_by(part, graph) for part in parts_of(law)))


def parts_of(law: g.Law) -> list[g.Bool | g.Real]:
    """The expressions of a law."""
    match law:
        case g.FirstCase(cases) | g.AnyCause(cases):
            return [part for case in cases for part in (case.when, case.chance)]
        case g.Pick():
            found: list[g.Bool | g.Real] = [*law.weights, *law.misses]
            for rule in law.rules:
                found += [rule.when, *(factor for _, factor, _ in rule.factors)]
            for row in law.rows:
                found += [*row.tests, *row.chances]
            return found


def read_by(expression: g.Bool | g.Real, graph: g.Graph) -> set[int]:
    """The nodes that an expression reads, through derived quantities too."""
    return {part.node for part in parts(expression, graph) if isinstance(part, g.Holds | g.Picks)}


def parts(expression: g.Bool | g.Real, graph: g.Graph | None = None) -> Iterator[g.Bool | g.Real]:
    """An expression and all its subexpressions, each once; with a graph, those of its quantities too."""
    seen: set[int] = set()
    waiting: list[g.Bool | g.Real] = [expression]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        match part:
            case g.Derived(quantity) if graph is not None:
                waiting.append(graph.quantities[quantity].value)
            case g.Not(arg):
                waiting.append(arg)
            case g.And(args) | g.Or(args) | g.AtLeast(_, args):
                waiting.extend(args)
            case g.Apply(_, reals):
                waiting.extend(reals)
            case g.Compare(_, left, right):
                waiting.extend((left, right))
            case g.Choose(condition, then, otherwise):
                waiting.extend((condition, then, otherwise))
