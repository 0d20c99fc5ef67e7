"""The command line: one thin file for each command.

Nothing here imports the numeric stack; the commands do so when they run, so that help, completion and
what needs no numbers come at once.
"""

from sensa.cli import check, diff, explain, new, run, schema, show, waive
from sensa.cli.application import app

app.command(name="run", short_help="Analyse stories and report.", epilog=run.EPILOG)(run.run)
app.command(name="check", short_help="Say what is wrong with stories.", epilog=check.EPILOG)(check.check)
app.command(name="diff", short_help="Compare two versions of a story.", epilog=diff.EPILOG)(diff.diff)
app.command(name="explain", short_help="Tell all about one name.", epilog=explain.EPILOG)(explain.explain)
app.command(name="show", short_help="Print a stage of a story.", epilog=show.EPILOG)(show.show)
app.command(name="new", short_help="Start a story.", epilog=new.EPILOG)(new.new)
app.command(name="waive", short_help="Let a failing property pass for a time.", epilog=waive.EPILOG)(
    waive.waive
)
app.command(name="schema", short_help="Print the JSON Schema of stories.", epilog=schema.EPILOG)(
    schema.schema
)

__all__ = ["app"]
