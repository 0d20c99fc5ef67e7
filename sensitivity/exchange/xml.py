"""XML of strangers: parsed without entities, with bounds on depth and on the count of elements."""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from sensa.exchange.errors import MAX_DEPTH, ExchangeError

MAX_ELEMENTS = 2_000_000


def parsed(data: bytes) -> Element:
    """The root element; raises `ExchangeError` with the line.

    A document that declares an entity is refused, so that none can expand into more than was written, or
    read another file.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    depth = count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MAX_DEPTH:
            raise ExchangeError(f"line {parser.CurrentLineNumber}: elements nest more than {MAX_DEPTH} deep")
        if count > MAX_ELEMENTS:
            raise ExchangeError(f"more than {MAX_ELEMENTS:,} elements")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def entity(*declared: object) -> None:
        raise ExchangeError(f"line {parser.CurrentLineNumber}: the entity `{declared[0]}` is not expanded")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = entity
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ExchangeError(f"line {error.lineno}: no XML: {expat.ErrorString(error.code)}") from None
    except (LookupError, ValueError) as error:  # of the encoding that it names
        if isinstance(error, ExchangeError):
            raise
        raise ExchangeError(f"no XML: {error}") from None
    return builder.close()
