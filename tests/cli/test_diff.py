"""`sensa diff`, on files and in git repositories made for the purpose."""

import json
import math
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from typer.testing import Result

from tests.comparing import repositories
from tests.comparing.stories import PLAIN
from tests.reports.page.pages import read

Call = Callable[..., Result]
HEAD = PLAIN.replace("credence = 0.8", "credence = 0.6").replace("It stays narrow", "It remains narrow")
SIGNED = f'signed = {{ by = "Ana", date = 2026-11-20, digest = "{"ab" * 32}" }}\n'
RULE = '\n[properties.budget]\nrequire = "P(harm) <= 0.15"\n'


git = partial(repositories.git, Path())  # in the working directory


@pytest.fixture
def two(sensa_at: Call) -> Call:
    """A base and a head in the directory."""
    Path("base.toml").write_text(PLAIN + RULE)
    Path("head.toml").write_text(HEAD + RULE)
    return sensa_at


@pytest.fixture
def branch(sensa_at: Call) -> Call:
    """A repository with the base on `main` and the head on a branch; the directory is that of the work."""
    git("init", "-q", "-b", "main", "work")
    os.chdir("work")
    Path("story.toml").write_text(PLAIN)
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    git("checkout", "-q", "-b", "change")
    Path("story.toml").write_text(HEAD)
    Path("new.toml").write_text(PLAIN)
    git("add", "-A")
    git("commit", "-q", "-m", "two")
    return sensa_at


def test_two_files(two: Call) -> None:
    """harm = (1 - narrow) / 2: 10 % to 20 %, and a budget of 15 % that breaks."""
    result = two("diff", "base.toml", "head.toml")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "head.toml against base.toml"
    assert lines[2].split() == ["Outcome", "before", "now", "change"]
    assert lines[3].split() == ["▲", "harm", "10", "%", "20", "%", "+10", "pts"]
    assert lines[5].split() == ["✓", "works", "80", "%", "60", "%", "-20", "pts"]
    at = 1 + PLAIN[: PLAIN.index("credence = 0.8")].count("\n")
    assert f"  line {at}   assumptions.narrow.credence: 0.8 → 0.6" in lines
    assert "            moves works -20 pts, harm +10 pts, stopped +10 pts" in lines
    assert f"  line {at - 2}   assumptions.narrow.claim changed" in lines
    assert "  ✗ fail      budget (was: pass)" in lines
    assert max(map(len, lines)) <= 110
    assert result.stderr == ""


def test_a_page_of_the_head_with_what_changed(two: Call) -> None:
    """harm from 10 % to 20 %; the verdict on 15 % changes."""
    result = two("diff", "base.toml", "head.toml", "--output", "html=page.html")
    assert result.exit_code == 1
    page = read(Path("page.html").read_text("utf-8"))
    assert "catastrophe about 20 times in 100" in page.all("p", "lede")[0].text
    first = page.all("div", "block")[0].text
    assert "What changed since base.toml" in first
    assert "▲ harm10 %→20 %+10 pts" in first
    assert "budget: ✓ holds → ✗ fails" in first
    assert page.all("span", "pill")[0].text == "✗ fails"


LOSSES = PLAIN.replace('and not seen"', 'and not seen"\nloss = 10').replace("true", "true\nloss = 0.5")
DOUBLED = LOSSES.replace("credence = 0.8", "credence = 0.6")


def test_the_expected_loss(two: Call) -> None:
    """10 x .1 + .5 x .8 = 1.4 before, 10 x .2 + .5 x .6 = 2.3 now."""
    Path("base.toml").write_text(LOSSES)
    Path("head.toml").write_text(DOUBLED)
    lines = two("diff", "base.toml", "head.toml").stdout.splitlines()
    assert lines[6].split() == ["expected", "loss", "1.40", "2.30", "+0.900"]
    assert lines[7] == ""
    markdown = two("diff", "base.toml", "head.toml", "--format", "markdown").stdout
    assert "| expected loss | | 1.40 | 2.30 | +0.900 |" in markdown
    found = json.loads(two("diff", "base.toml", "head.toml", "--format", "json").stdout)
    assert found["stories"][0]["comparison"]["loss"] == {
        "before": pytest.approx(1.4),
        "after": pytest.approx(2.3),
        "change": pytest.approx(0.9),
        **dict.fromkeys(("error", "before_error", "after_error"), 0.0),
    }
    back = two("diff", "head.toml", "base.toml").stdout.splitlines()
    assert back[6].split() == ["expected", "loss", "2.30", "1.40", "-0.900"]
    same = two("diff", "base.toml", "base.toml", "--format", "markdown").stdout
    assert "| expected loss | | 1.40 | 1.40 | no change |" in same


def test_the_expected_loss_of_one_side(two: Call) -> None:
    Path("base.toml").write_text(PLAIN)
    Path("head.toml").write_text(DOUBLED)
    now, before = (
        two("diff", *files).stdout for files in (("base.toml", "head.toml"), ("head.toml", "base.toml"))
    )
    assert now.splitlines()[6].split() == ["expected", "loss", "none", "2.30", "new"]
    assert "Note: the base states no losses." in now
    assert before.splitlines()[6].split() == ["expected", "loss", "2.30", "none", "gone"]
    assert "Note: losses are no longer stated." in before
    Path("head.toml").write_text(HEAD)
    assert "loss" not in two("diff", "base.toml", "head.toml").stdout


def test_a_sampled_loss_has_its_error_beside_it(two: Call) -> None:
    """By worlds: 1.4 to 2.3, within 6 standard errors, which are a third of what is behind the sign."""
    Path("base.toml").write_text(LOSSES)
    Path("head.toml").write_text(DOUBLED)
    line = two("diff", "base.toml", "head.toml", "--engine", "montecarlo").stdout.splitlines()[6]
    *_, change, sign, error = line.split()
    assert sign == "±"
    assert 0 < float(error) < 0.01
    assert abs(float(change) - 0.9) <= 3 * float(error)
    markdown = two("diff", "base.toml", "head.toml", "--engine", "montecarlo", "--format", "markdown").stdout
    assert f"| {change} ± {error} |" in markdown


def test_nothing_has_changed(two: Call) -> None:
    Path("again.toml").write_text(PLAIN.replace("credence = 0.8", "credence = 0.80  # as it was"))
    Path("base.toml").write_text(PLAIN)
    result = two("diff", "base.toml", "again.toml")
    assert result.exit_code == 0
    assert "No difference" in result.stdout


def test_only_words(two: Call) -> None:
    Path("base.toml").write_text(PLAIN)
    Path("head.toml").write_text(PLAIN.replace("It stays", "It remains"))
    result = two("diff", "base.toml", "head.toml")
    assert result.exit_code == 0
    assert "Nothing that affects a number has changed." in result.stdout


def test_who_signed_before_and_now(two: Call) -> None:
    """In text and Markdown, and on the page; of other words only the key is named."""
    text = PLAIN.replace("[assumptions.seen]\n", f"[assumptions.seen]\n{SIGNED}")
    Path("base.toml").write_text(text)
    Path("head.toml").write_text(text.replace('"Ana"', '"Ben"').replace("It stays", "It remains"))
    lines = [line.strip() for line in two("diff", "base.toml", "head.toml").stdout.splitlines()]
    words = lines[lines.index("Wording only") :]
    assert words[1].endswith("assumptions.narrow.claim changed")
    both = "by Ana on 2026-11-20 (digest abababab) → by Ben on 2026-11-20 (digest abababab)"
    assert words[2].endswith("assumptions.seen.signed")
    assert words[3] == both
    was, now = (f"by {name} on 2026-11-20 (digest abababab)" for name in ("Ana", "Ben"))
    markdown = two("diff", "base.toml", "head.toml", "--format", "markdown").stdout
    assert f"<code>{was}</code> → <code>{now}</code>" in markdown
    two("diff", "base.toml", "head.toml", "--output", "html=page.html")
    assert both in read(Path("page.html").read_text(encoding="utf-8")).text


def test_json_has_it_all(two: Call) -> None:
    result = two("diff", "base.toml", "head.toml", "--format", "json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["exit_code"]) == (1, 1)
    comparison = document["stories"][0]["comparison"]
    assert comparison["base"] == "base.toml"
    assert comparison["attribution"] == "exact"
    effects = [change["effects"] for change in comparison["changes"] if change["effects"]]
    assert effects[0][0]["share"] == pytest.approx(0.1)
    assert document["stories"][0]["before"]["verdicts"][0]["status"] == "pass"


@pytest.mark.parametrize("format", ["markdown", "sarif", "junit", "github"])
def test_the_code_is_that_of_the_verdicts_in_every_format(two: Call, format: str) -> None:
    assert two("diff", "base.toml", "head.toml", "--format", format).exit_code == 1
    assert two("diff", "head.toml", "base.toml", "--format", format).exit_code == 0


def test_the_same_call_gives_the_same_words(two: Call) -> None:
    first, second = (two("diff", "base.toml", "head.toml").stdout for _ in range(2))
    assert first == second


def test_against_where_the_branch_left_the_main_one(branch: Call) -> None:
    for arguments in ((), ("--against", "main")):
        result = branch("diff", "story.toml", *arguments)
        assert result.exit_code == 0, result.stderr
        assert result.stdout.startswith("story.toml against main (")
        assert "assumptions.narrow.credence: 0.8 → 0.6" in result.stdout
    assert "No difference" in branch("diff", "story.toml", "--against", "HEAD").stdout


def test_a_file_that_is_new_is_new_in_all(branch: Call) -> None:
    result = branch("diff", "new.toml", "--against", "main")
    assert result.exit_code == 0
    assert "everything is new" in result.stdout
    assert "assumptions.narrow: added" in " ".join(result.stdout.split())
    assert "▲ harm" in result.stdout


def test_a_renamed_file_is_compared_with_itself(branch: Call) -> None:
    git("mv", "story.toml", "plan.toml")
    git("rm", "-q", "-f", "new.toml")
    git("commit", "-q", "-m", "renamed")
    result = branch("diff", "plan.toml")
    assert "there `story.toml`" in result.stdout
    assert "assumptions.narrow.credence: 0.8 → 0.6" in result.stdout


def test_a_shallow_clone_and_a_missing_reference_say_what_to_do(branch: Call) -> None:
    assert "there is no `nowhere` here" in branch("diff", "story.toml", "--against", "nowhere").stderr
    top = Path.cwd()
    os.chdir(top.parent)
    git("clone", "-q", "--depth", "1", "--branch", "change", top.as_uri(), "clone")
    for arguments in ((), ("--against", "main")):
        result = branch("diff", "clone/story.toml", *arguments)
        assert result.exit_code == 2
        assert "git fetch --unshallow" in result.stderr
        assert "fetch-depth: 0" in result.stderr
        assert result.stdout == ""


@pytest.mark.parametrize("name", ["--output=made", "-x", "$(touch made)", "main;touch made", "main\nx", ""])
def test_hostile_references(branch: Call, name: str) -> None:
    result = branch("diff", "story.toml", f"--against={name}")
    assert result.exit_code == 2
    assert "is not a valid name of a commit" in result.stderr
    assert not Path("made").exists()


def test_wrong_usage_and_wrong_stories(two: Call) -> None:
    assert two("diff", "base.toml", "head.toml", "--against", "main").exit_code == 2
    assert "git repository" in two("diff", "base.toml").stderr
    assert two("diff", "base.toml", "nothing.toml").exit_code == 2
    Path("bad.toml").write_text(PLAIN.replace("not seen", "not sen"))
    for arguments in (("bad.toml", "head.toml"), ("head.toml", "bad.toml")):
        result = two("diff", *arguments)
        assert result.exit_code == 2
        assert "unknown name `sen`" in result.stderr
        assert "1 error in bad.toml" in result.stderr
        assert result.stdout == ""


def test_a_base_that_cannot_be_run(two: Call) -> None:
    rate = "[quantities.rate]\nvalue = { lognormal = [0, 1] }\n[assumptions.narrow]"
    wild = PLAIN.replace("credence = 0.8", 'credence = "rate"').replace("[assumptions.narrow]", rate)
    Path("wild.toml").write_text(wild)
    for arguments in (("wild.toml", "base.toml"), ("base.toml", "wild.toml")):
        result = two("diff", *arguments)
        assert result.exit_code == 2
        assert "is not a probability" in result.stdout + result.stderr


def test_a_base_that_is_wrong_is_named_with_its_commit(branch: Call) -> None:
    Path("story.toml").write_text(PLAIN.replace("not seen", "not sen"))
    git("commit", "-q", "-a", "-m", "bad")
    Path("story.toml").write_text(PLAIN)
    result = branch("diff", "story.toml", "--against", "HEAD")
    assert result.exit_code == 2
    assert "story.toml@" in result.stderr


def test_an_error_of_ours_is_never_green(two: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("sensa.reviewing.pipeline.compare", broken)
    result = two("diff", "base.toml", "head.toml")
    assert result.exit_code == 4
    assert "an internal error" in result.stderr
    assert result.stdout == ""


def test_words_that_a_terminal_would_obey(two: Call) -> None:
    Path("base.toml").write_text(PLAIN)
    evil = 'credence = 0.8\nbecause = "\\u001b[31mred"\nowner = "a\\nb"'
    Path("head.toml").write_text(PLAIN.replace("credence = 0.8", evil).replace("0.8", "0.7", 1))
    result = two("diff", "base.toml", "head.toml")
    assert "\x1b" not in result.stdout


def test_help_has_examples(sensa_at: Call) -> None:
    words = sensa_at("diff", "--help").stdout
    assert "sensa diff old.toml new.toml" in words
    assert "--against" in words


def test_a_page_is_whole_where_the_cache_has_the_review(two: Call) -> None:
    """The cache holds verdicts, and no results."""
    for _ in range(2):
        assert two("check", "base.toml").exit_code == 0
        assert two("check", "base.toml", "--output", "html=page.html").exit_code == 0
        page = read(Path("page.html").read_text("utf-8"))
        assert "catastrophe about 10 times in 100" in page.all("p", "lede")[0].text


def divergence(p: float, q: float) -> float:
    """Jensen and Shannon's, of two probabilities, in bits."""

    def entropy(x: float) -> float:
        return -x * math.log2(x) - (1 - x) * math.log2(1 - x)

    return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2


def test_which_facts_tell_two_stories_apart(two: Call) -> None:
    """They differ in `narrow` alone, given which both say the same: it closes all of the gap."""
    outputs = ("--output", "json=a.json", "--output", "md=a.md")
    lines = two("diff", "base.toml", "head.toml", "--discriminate", *outputs).stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Would tell who is right"))
    tells, harm, failing = divergence(0.2, 0.4), divergence(0.1, 0.2), divergence(0.2, 0.4)
    assert lines[at + 1].split() == ["narrow", "80", "%", "60", "%", f"{tells:.2g}", f"{harm:.2g}"]
    assert (
        lines[at + 2]
        == f"They are {harm:.2g} bits apart on a catastrophe and {failing:.2g} bits apart on failing."
    )
    apart = json.loads(Path("a.json").read_text())["stories"][0]["comparison"]["apart"]
    assert apart["catastrophic"] == pytest.approx(harm, abs=1e-14)
    assert apart["failing"] == pytest.approx(failing, abs=1e-14)
    narrow, seen = apart["facts"]
    assert (narrow["before"], narrow["after"]) == pytest.approx((0.8, 0.6), abs=1e-15)
    assert (narrow["tells"], narrow["closes"]) == pytest.approx((tells, harm), abs=1e-14)
    assert (seen["before"], seen["after"], seen["tells"]) == pytest.approx((0.5, 0.5, 0.0), abs=1e-15)
    assert "| <code>narrow</code> | 80 % | 60 % |" in Path("a.md").read_text()


def test_stories_that_say_the_same_are_not_told_apart(two: Call) -> None:
    Path("head.toml").write_text(Path("base.toml").read_text().replace("It stays narrow", "It is narrow"))
    said = two("diff", "base.toml", "head.toml", "--discriminate").stdout
    assert "Both say the same of every fact that they share: none would tell who is right." in said
    assert "Would tell" not in said
    assert "they share" not in two("diff", "base.toml", "head.toml").stdout


def test_a_new_story_has_nothing_to_be_told_apart_from(branch: Call) -> None:
    said = branch("diff", "new.toml", "--against", "main", "--discriminate").stdout
    assert "without a base there is nothing to tell apart" in " ".join(said.split())
