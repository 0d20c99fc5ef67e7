"""A story compiled, for comparing with the naive interpreter."""

from sensa.circuit import Circuit
from sensa.compiling import compile_story
from sensa.lowering import lower
from sensa.stories.checking.all_checks import check
from sensa.stories.reading import parse
from sensa.verify import verify_circuit, verify_graph


def compiled(text: str) -> Circuit:
    story = parse(text)
    assert [str(p) for p in check(story) if p.severity == "error"] == []
    return verify_circuit(lower(verify_graph(compile_story(story))))
