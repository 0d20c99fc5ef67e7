"""The command line: one thin file for each command.

Commands import the numeric stack only when they run, so that help, completion and whatever needs no numbers
is fast.
"""

from sensa.cli import (
    check,
    common_cause,
    diff,
    elicit,
    evidence,
    explain,
    exporting,
    importing,
    new,
    plot,
    report,
    run,
    schema,
    show,
    sign,
    waive,
)
from sensa.cli.application import app

app.command(name="run", short_help="Analyse stories and report.", epilog=run.EPILOG)(run.run)
app.command(name="report", short_help="Report stored results.", epilog=report.EPILOG)(report.report)
app.command(name="check", short_help="Report problems of stories.", epilog=check.EPILOG)(check.check)
app.command(name="diff", short_help="Compare two versions of a story.", epilog=diff.EPILOG)(diff.diff)
app.command(name="explain", short_help="Explain one name of a story.", epilog=explain.EPILOG)(explain.explain)
app.command(name="plot", short_help="Draw a result as a picture.", epilog=plot.EPILOG)(plot.plot)
app.command(name="show", short_help="Print a stage of a story.", epilog=show.EPILOG)(show.show)
app.command(name="new", short_help="Start a story.", epilog=new.EPILOG)(new.new)
app.command(name="common-cause", short_help="Expand a common-cause group.", epilog=common_cause.EPILOG)(
    common_cause.common_cause
)
app.command(name="elicit", short_help="Ask experts for a story's numbers.", epilog=elicit.EPILOG)(
    elicit.elicit
)
app.command(name="export", short_help="Write a story for another tool.", epilog=exporting.EPILOG)(
    exporting.export
)
app.command(name="import", short_help="Make a story of another tool's file.", epilog=importing.EPILOG)(
    importing.import_
)
app.command(name="waive", short_help="Let a failing property pass for a time.", epilog=waive.EPILOG)(
    waive.waive
)
app.command(name="sign", short_help="Sign entries of a story as they are.", epilog=sign.EPILOG)(sign.sign)
app.add_typer(
    evidence.evidence, name="evidence", short_help="Count evaluation logs for credences of a story."
)
app.command(name="schema", short_help="Print the JSON Schema of stories.", epilog=schema.EPILOG)(
    schema.schema
)

__all__ = ["app"]
