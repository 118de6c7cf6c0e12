"""`idp doctor`: what is wrong, and what to do about it."""

from dataclasses import asdict

import click

from idp.cli.context import Operator, json_option, pass_operator, print_result


@click.command()
@json_option
@pass_operator
def group(operator: Operator, *, as_json: bool) -> None:
    """Look for what is wrong, with a remedy for each finding. Exit 1 where something is to be done.

    Example: idp doctor
    """
    from idp.doctor import examine

    findings = examine(operator.services)
    lines = [
        f"{'ok  ' if finding.is_well else 'LOOK'} {finding.subject}: {finding.detail}"
        + (f"\n     → {finding.remedy}" if finding.remedy else "")
        for finding in findings
    ]
    well = all(finding.is_well for finding in findings)
    print_result(
        {"well": well, "findings": [asdict(finding) for finding in findings]}, "\n".join(lines), as_json=as_json
    )
    if not well:
        click.get_current_context().exit(1)
