"""Networks in XDSL, and XML that means harm."""

import pytest

from sensa.exchange.ends import Ends
from sensa.exchange.errors import ExchangeError
from sensa.exchange.importing import imported
from sensa.exchange.xml import parsed
from tests.exchange.enumeration import measured
from tests.exchange.files import NETWORK


def test_a_network_by_hand() -> None:
    """Dry only if it is off without rain: 0.8 x 0.6; P(rain | wet) = 0.2 / 0.52."""
    text = imported(NETWORK.encode(), "sprinkler.xdsl", ends=Ends("Wet=wet"))
    found = measured(text, "P(catastrophic)", "P(rain | wet == 'wet')", "P(sprinkler == 'high')")
    assert found == pytest.approx([1 - 0.48, 0.2 / 0.52, 0.08], abs=1e-14)
    assert 'claim = "It rains"' in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cpt", "decision", "node `Rain` is a `decision`; only `cpt` and `deterministic` are carried"),
        ("0.2 0.8", "0.2 x", "node `Rain` has a probability that is no number"),
        ("0.2 0.8", "0.2 0.8 1", "node `Rain` has 3 probabilities for 2 states"),
        ("wet dry wet", "damp dry wet", "node `Wet` results in `damp`, which is none of its states"),
        (
            "<parents>Rain",
            "<parents>Snow",
            "`Sprinkler` has the parent `Snow`, which is no",
        ),
        ('id="Sprinkler"><state', 'id="Rain"><state', "node `Rain` is there twice"),
        ("<smile", "<grin", "line 20: no XML: mismatched tag"),
    ],
)
def test_what_cannot_be_carried_is_said(old: str, new: str, message: str) -> None:
    text = NETWORK.replace(old, new) if old == "cpt" else NETWORK.replace(old, new, 1)
    with pytest.raises(ExchangeError) as caught:
        imported(text.encode(), "sprinkler.xdsl")
    assert message.partition("line 20")[2] in str(caught.value)


def test_entities_are_refused() -> None:
    """Neither a text that doubles with each entity nor another file is read."""
    laughs = "".join(f'<!ENTITY l{i} "&l{i - 1};&l{i - 1};">' for i in range(1, 40))
    bomb = f'<!DOCTYPE smile [<!ENTITY l0 "ha">{laughs}]><smile><nodes>&l39;</nodes></smile>'
    with pytest.raises(ExchangeError, match="the entity `l0` is not expanded"):
        parsed(bomb.encode())
    outside = '<!DOCTYPE smile [<!ENTITY x SYSTEM "file:///etc/passwd">]><smile>&x;</smile>'
    with pytest.raises(ExchangeError, match="the entity `x` is not expanded"):
        parsed(outside.encode())


def test_a_document_type_without_entities_is_no_harm() -> None:
    assert parsed(b"<!DOCTYPE opsa-mef><opsa-mef/>").tag == "opsa-mef"


def test_depth_has_a_bound() -> None:
    with pytest.raises(ExchangeError, match="elements nest more than 100 deep"):
        parsed(b"<a>" * 101)
