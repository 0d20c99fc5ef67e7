"""Crossings in the drawing of the argument, against dagre's, which chooses its columns freely.

`npm install --prefix DIR @dagrejs/dagre`, then `NODE_PATH=DIR/node_modules pytest -m slow`, counts again.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensa.compiling import compile_story
from sensa.reports.page.layers import layout
from sensa.showing.graph_text import drawn, edges_of
from sensa.stories.loading import load

STORIES = Path(__file__).parents[3] / "stories"
MOST = 1.2  # times dagre's
HEIGHT = 60.0  # of every box, for both
# By dagre 3.1.3, counted where its lines cross.
DAGRE = {
    "amtair_network": 0, "carlsmith_2021": 1, "carlsmith_reviewers": 1, "control_or_not": 0,
    "deceptive_alignment": 0, "dissolving_risk": 1, "sabotage_report": 24, "scheming": 0,
    "superforecasters_2023": 1, "two_camps": 0, "approval": 2, "assistance_game": 1, "blackmail": 3,
    "borrowed_voice": 10, "cat_classifier": 2, "deceptive_capability": 2, "generations": 2,
    "generations_explicit": 2, "good_neighbours": 0, "honest_answers": 2, "iterative_deployment": 1,
    "maze_green_arrow": 2, "microscope_ai": 5, "most_danger_in_training": 0, "mushrooms": 4,
    "one_step_ahead": 1, "open_web": 1, "power_seeking": 1, "red_doors": 2, "robot_arm": 0,
    "small_models_first": 6, "staged_release": 1, "stem_ai": 5, "sticky_path": 4, "probed_each_night": 1,
}  # fmt: skip
SCRIPT = """
const dagre = require("@dagrejs/dagre");
const stories = JSON.parse(require("fs").readFileSync(0, "utf8"));
const side = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
const cross = (p, q, r, s) => side(p, q, r) * side(p, q, s) < -1e-9 && side(r, s, p) * side(r, s, q) < -1e-9;
const lines = ({ nodes, edges, height }) => {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 44 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of nodes) graph.setNode(name, { width: 160, height });
  for (const [a, b] of edges) graph.setEdge(a, b);
  dagre.layout(graph);
  const at = name => [graph.node(name).x, graph.node(name).y];
  return graph.edges().map(edge =>
    [at(edge.v), ...graph.edge(edge).points.slice(1, -1).map(p => [p.x, p.y]), at(edge.w)]);
};
const crossings = all => {
  let found = 0;
  all.forEach((a, i) => all.slice(0, i).forEach(b => {
    for (let k = 1; k < a.length; k++)
      for (let l = 1; l < b.length; l++) found += cross(a[k - 1], a[k], b[l - 1], b[l]);
  }));
  return found;
};
console.log(JSON.stringify(Object.fromEntries(
  Object.entries(stories).map(([name, story]) => [name, crossings(lines(story))]))));
"""


def _graphs() -> Iterator[tuple[str, dict[str, str], list[tuple[str, str]]]]:
    for folder in ("gallery", "library"):
        for file in sorted((STORIES / folder).glob("*.toml")):
            graph = compile_story(load(file))
            edges = dict.fromkeys((a, b) for a, b, _ in edges_of(graph) if a != b)
            yield file.stem, dict(drawn(graph)), list(edges)


def _ours() -> dict[str, int]:
    return {
        name: layout(kinds, edges, dict.fromkeys(kinds, HEIGHT)).crossings for name, kinds, edges in _graphs()
    }


def test_the_drawing_has_hardly_more_crossings_than_dagres() -> None:
    """Of the stories in the table; newer ones have no count yet."""
    ours = _ours()
    known = {name: found for name, found in ours.items() if name in DAGRE}
    assert len(known) > 20
    assert {name: found for name, found in known.items() if found > MOST * DAGRE[name]} == {}
    assert sum(known.values()) <= sum(DAGRE[name] for name in known)


@pytest.mark.slow
def test_dagre_has_as_many_as_the_table_says_and_newer_stories_hold_too() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    stories = {
        name: {"nodes": list(kinds), "edges": edges, "height": HEIGHT} for name, kinds, edges in _graphs()
    }
    made = subprocess.run(
        [node, "-e", SCRIPT], input=json.dumps(stories), capture_output=True, text=True, check=False
    )
    if "Cannot find module '@dagrejs/dagre'" in made.stderr:
        pytest.skip("dagre is not installed")
    assert made.stderr == ""
    found = json.loads(made.stdout)
    assert {name: found.get(name) for name in DAGRE} == DAGRE
    newer = {name: ours for name, ours in _ours().items() if ours > MOST * found[name]}
    assert newer == {}
