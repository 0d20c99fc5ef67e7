"""The argument drawn in layers, from what is assumed to how it ends, tinted by what violations do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sensa.reports.layout import MARKS
from sensa.reports.number_format import count, defined
from sensa.reports.page import layers
from sensa.reports.page.folding import Folding, folding
from sensa.reports.page.layers import GAP_X, WIDTH, Edge, Layout
from sensa.reports.page.markup import EMPTY, Html, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.routes import route
from sensa.reports.page.words import TONES, multiple, percent, spaced
from sensa.reports.page.wrapping import wrapped
from sensa.showing.graph_text import drawn, edges_of

LINE, PAD, SUBLINE = 15, 9, 16  # heights: of a line of text, around it, of the small line below
MARGIN, HEAD = 32, 32  # left of and above the boxes
MAX_TINT = 0.36
WIDE = 2000  # pixels; a wider drawing is scrolled, as it could not be read at the width of a page
MOST_NAMED = 5  # of the parts within a box
HEADS = {1: "Assumptions", 2: "Choices", 3: "Events", 4: "Safeguards", 5: "Outcomes"}
FIRST_HEAD = "Challenges"
EXPLAINED = (
    "From what is assumed, on the left, to how it ends. The redder an assumption, the more its violation "
    "raises the risk, by the factor shown. An arrow that ends in a bar stops what it points at; a dashed one "
    "is read one step later. Of the outcomes, the first from the top whose condition is met counts."
)
FOLDED = (
    " Of the {all} parts of the story {boxes} have boxes: what matters through one other part only is within "
    "the box of that one. All are listed by "
)
TOLD = (
    "Point at a box, or walk with the Tab and arrow keys, to light up what leads to it and what follows "
    "from it."
)


@dataclass(frozen=True)
class Argument:
    """The boxes and edges of a story with what is written in the boxes."""

    report: Report
    kinds: Mapping[str, str]
    folding: Folding
    edges: Mapping[Edge, bool]  # whether the edge is read only one step later
    claims: Mapping[str, str]

    @cached_property
    def text(self) -> Mapping[str, list[str]]:
        """The lines in each box."""
        return {name: wrapped(spaced(name)) for name in self.kinds}

    def below(self, name: str) -> str:
        """The small line below: a credence, an outcome's probability, the fate of a challenge."""
        kind, report = self.kinds[name], self.report
        if kind == "assumption" and defined(report.believed(name)):
            return f"{percent(report.believed(name))} likely"
        if kind == "outcome" and name in report.answers.outcomes:
            outcome = report.answers.outcomes[name]
            return f"{MARKS[outcome.kind]} {percent(outcome.probability.mean)}"
        if name in self.within:
            return f"with {count(len(self.within[name]))} more"
        if kind == "challenge" and report.document is not None:
            challenge = report.document.challenges[name]
            return f"{challenge.kind} · {challenge.status}"
        return ""

    def height(self, name: str) -> float:
        """The height of a box."""
        return len(self.text[name]) * LINE + 2 * PAD + (SUBLINE if self.below(name) else 0)

    @cached_property
    def within(self) -> Mapping[str, list[str]]:
        """The parts that are drawn within each box that has any."""
        found = {name: self.folding.within(name) for name in self.kinds}
        return {name: parts for name, parts in found.items() if parts}

    @cached_property
    def risks(self) -> Mapping[str, float]:
        """The catastrophic risk if each assumption is violated; of several in a box the highest."""
        found: dict[str, float] = {}
        for one in self.report.effects:
            if defined(one.catastrophic):
                box = self.folding.box[one.assumption]
                found[box] = max(found.get(box, 0.0), one.catastrophic)
        return found

    @cached_property
    def layout(self) -> Layout:
        """Where everything is."""
        heights = {name: self.height(name) for name in self.kinds}
        return layers.layout(self.kinds, list(self.edges), heights)

    def tint(self, name: str) -> float:
        """How red an assumption is: its violation's increase of the risk, the largest being full."""
        now = self.report.base.catastrophic or 0.0
        most = max((risk - now for risk in self.risks.values()), default=0.0)
        grown = self.risks.get(name, now) - now
        return MAX_TINT * grown / most if grown > 0 and most > 0 else 0.0


def argument_of(report: Report) -> Argument | None:
    """What is drawn of a story; None if the story is not at hand."""
    source = report.result.source
    if source is None:
        return None
    edges: dict[Edge, bool] = {}
    for a, b, earlier in edges_of(source.graph):
        edges[a, b] = edges.get((a, b), True) and earlier
    document = source.story.document
    tables = (document.assumptions, document.challenges, document.choices, document.events)
    claims = {name: one.claim for table in tables for name, one in table.items()}
    claims |= {name: one.claim for name, one in document.safeguards.items()}
    for name, outcome in document.outcomes.items():
        ends = f"Ends so where {outcome.when}" if outcome.when else "Ends so otherwise"
        claims[name] = outcome.claim or ends
    kinds = dict(drawn(source.graph))
    found = folding(kinds, edges)
    return Argument(report, {name: kinds[name] for name in found.boxes}, found, found.edges(edges), claims)


def section(report: Report) -> Html:
    """The drawing with what explains it."""
    found = argument_of(report)
    if found is None:
        return EMPTY
    return tag(
        "section",
        tag("h2", "The argument"),
        tag("p", EXPLAINED, _folded(found.folding), class_="sub"),
        report.region("Drawing of the argument", drawing(found)),
        tag("p", TOLD, class_="tell only-scripts", aria_live="polite", hidden=True),
        id=report.id("argument"),
        class_="argument",
    )


def _folded(found: Folding) -> Html:
    """How many parts have boxes, if not all have."""
    boxes = len(found.boxes)
    if boxes == len(found.box):
        return EMPTY
    said = FOLDED.format(all=count(len(found.box)), boxes=count(boxes))
    return join([said, tag("code", "sensa show --stage graph"), "."])


def drawing(argument: Argument) -> Html:
    """The drawing itself."""
    at = argument.layout
    width, height = at.width + MARGIN + 8, at.total_height + HEAD + 12
    return tag(
        "svg",
        _markers(argument.report),
        *_heads(at),
        *(_edge(argument, edge) for edge in at.chains),
        *(_box(argument, name) for name in argument.kinds),
        class_="graph wide" if width > WIDE else "graph",
        width=width,
        viewBox=f"-{MARGIN} -{HEAD} {width:.0f} {height:.0f}",
        role="group",
        aria_label="The argument as a layered graph",
    )


def _heads(at: Layout) -> Iterator[Html]:
    seen: set[int] = set()
    for i, (rank, _) in enumerate(at.columns):
        said = "… that follow" if rank in seen else HEADS.get(rank, FIRST_HEAD)
        seen.add(rank)
        yield tag("text", said, x=i * (WIDTH + GAP_X), y=-14, class_="col")


def _markers(report: Report) -> Html:
    """Heads of arrows; styles refer to them by id."""

    def head(name: str, size: int, fill: str) -> Html:
        arrow = tag("path", d="M0,0.8L7,4L0,7.2Z", class_=fill)
        return tag(
            "marker", arrow, id=name, viewBox="0 0 8 8", refX=5, refY=4, markerWidth=size, markerHeight=size,
            orient="auto",
        )  # fmt: skip

    bar = tag(
        "marker", tag("rect", width=3, height=14, class_="fill-ink"), id="stop", viewBox="0 0 4 14", refX=2,
        refY=7, markerWidth=3, markerHeight=9, orient="auto",
    )  # fmt: skip
    if report.prefix not in ("", "s1-"):
        return EMPTY  # the first drawing of the page has them
    return tag("defs", head("arrow", 7, "fill-safe"), head("arrow-lit", 5, "fill-ink"), bar)


def _edge(argument: Argument, edge: Edge) -> Html:
    a, b = edge
    outcomes = argument.report.answers.outcomes
    stops = argument.kinds[a] == "safeguard" and b in outcomes and outcomes[b].kind == "catastrophic"
    style = "edge" + (" stops" if stops else "") + (" later" if argument.edges[edge] else "")
    return tag("path", d=_path(argument.layout, edge), class_=style, data_a=a, data_b=b)


def _path(at: Layout, edge: Edge) -> str:
    """A smooth curve from box to box."""
    start, *rest = [f"{x:.1f},{y:.1f}" for x, y in route(at, edge)]
    return f"M{start}" + "".join(f"C{' '.join(rest[i : i + 3])}" for i in range(0, len(rest), 3))


def _box(argument: Argument, name: str) -> Html:
    at, kind = argument.layout, argument.kinds[name]
    x, y, height = at.x(name), at.y[name], at.height[name]
    frame = tag("rect", class_="box", x=x, y=y, width=WIDTH, height=height, rx=12 if kind == "event" else 3)
    tint = argument.tint(name)
    shade = (
        tag("rect", x=x, y=y, width=WIDTH, height=height, rx=3, class_="tint", opacity=f"{tint:.3f}")
        if tint
        else None
    )
    if kind == "outcome" and name in argument.report.answers.outcomes:
        tone = TONES[argument.report.answers.outcomes[name].kind]
        shade = tag("rect", x=x, y=y, width=5, height=height, class_=f"fill-{tone}")
    told = tell(argument, name)
    return tag(
        "g",
        frame,
        shade,
        tag("text", *_lines(argument, name, x, y, height)),
        class_="node",
        tabindex="0",
        role="img",
        aria_label=f"{kind}: {spaced(name)}. {told}",
        data_id=name,
        data_tell=told,
    )


def _lines(argument: Argument, name: str, x: float, y: float, height: float) -> Iterator[Html]:
    rows, below = argument.text[name], argument.below(name)
    top = y + (height - len(rows) * LINE - (SUBLINE if below else 0)) / 2
    for i, row in enumerate(rows):
        yield tag("tspan", row, x=x + 11, y=top + 11.5 + i * LINE)
    foot = top + len(rows) * LINE + 13
    if below:
        yield tag("tspan", below, class_="s", x=x + 11, y=foot)
    if name in argument.risks:
        said = multiple(argument.risks[name], argument.report.base.catastrophic)
        if said.startswith("×"):
            yield tag("tspan", said, class_="s bold", text_anchor="end", x=x + WIDTH - 9, y=foot)


def tell(argument: Argument, name: str) -> str:
    """What is said of a box: its claim, and what its violation does."""
    claim = argument.claims.get(name, "") or spaced(name)
    report = argument.report
    if name in argument.within:
        return f"{claim}. Within it: {_some(argument.within[name])}."
    found = next((one for one in report.effects if one.assumption == name), None)
    if found is None:
        return claim
    return (
        f"{claim}. Believed {percent(report.believed(name))}; if violated, catastrophe "
        f"{percent(found.catastrophic)} (now {percent(report.base.catastrophic)}) and failing at all "
        f"{percent(found.failing)}."
    )


def _some(names: list[str]) -> str:
    """Some names, and how many more there are."""
    said = [spaced(name) for name in names[:MOST_NAMED]]
    more = len(names) - len(said)
    return ", ".join(said) + (f" and {count(more)} more" if more else "")
