"""`microinfer battery`: how long a cell lasts, and at which rate it lasts long enough."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import (
    Amount,
    build_option,
    json_option,
    library_option,
    model_argument,
    open_model,
    part_of,
    profile_option,
    release_option,
)
from .exit_codes import CANNOT_TELL
from .outputs import expect_outputs, force_option, output_option, write_file, written

__all__ = ["command"]

DEFAULT_RATE = "1/s"


@click.command("battery")
@model_argument
@profile_option
@library_option
@release_option
@build_option
@click.option(
    "--rate",
    metavar="RATE",
    help="How often the model runs: 1/s, 10/min, 1/h, 'every 5s'. Default 1/s.",
)
@click.option(
    "--cell",
    "cells",
    metavar="CELL",
    multiple=True,
    help="A battery such as CR2032, AA, 2xAA, 'zinc-air 312' or 2000mAh@3.7V; several times, to compare. "
    "Default CR2032.",
)
@click.option("--capacity", type=Amount("Ah", "225mAh"), metavar="AH", help="A battery of your own: charge.")
@click.option("--voltage", type=Amount("V", "3.7V"), metavar="V", help="A battery of your own: voltage.")
@click.option(
    "--self-discharge",
    type=click.FloatRange(0, 99),
    metavar="PERCENT",
    help="What the battery loses by itself in a year. Default: the cell's.",
)
@click.option(
    "--active",
    type=Amount("A", "12mA"),
    metavar="A",
    help="Current while the model runs. Default: the board's.",
)
@click.option(
    "--sleep", type=Amount("A", "5uA"), metavar="A", help="Current in between. Default: the board's."
)
@click.option("--supply", type=Amount("V", "3.3V"), metavar="V", help="The board's supply. Default: its own.")
@click.option(
    "--radio",
    metavar="DRAW,TIME,RATE",
    multiple=True,
    help="A radio that sends in bursts, such as 60mA,4ms,10/min, 60mA,24B@250kbps,5% (of the inferences) or "
    "180mW,4ms (with every inference). Draws beside the board; several times, for more.",
)
@click.option(
    "--sensor",
    metavar="DRAW[,TIME[,RATE]]",
    multiple=True,
    help="A sensor, always on, such as 12uA, at a share of the time, 1mA,5%, or like a radio. Several times, "
    "for more.",
)
@click.option("--min-life", metavar="TIME", help="Exit with 1 if a cell may last less, such as 30d or 1y.")
@output_option("--svg", words="Draw life against rate as SVG, too.")
@force_option
@json_option
def command(
    model: str,
    profile: str | None,
    library: str | None,
    release: str | None,
    build: str | None,
    rate: str | None,
    cells: tuple[str, ...],
    capacity: float | None,
    voltage: float | None,
    self_discharge: float | None,
    active: float | None,
    sleep: float | None,
    supply: float | None,
    radio: tuple[str, ...],
    sensor: tuple[str, ...],
    min_life: str | None,
    svg: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Say how long a battery lasts when MODEL runs at a rate and the board sleeps in between.

    What is left out is taken from [battery] of the nearest microinfer.toml.

    MODEL is a .tflite file or a name from 'microinfer zoo'. Exit codes: 0 good, 1 the model does not fit,
    takes too long for the rate, or a cell may not last for --min-life, 3 the
    part's currents, or the time of an inference, are not known.
    """
    from ..reports.battery_currents import UnknownCurrentError
    from ..reports.battery_report import UnknownTimeError, choose_cells, make_battery_report
    from ..reports.battery_settings import choose_peripherals, near_battery
    from ..words.quantities import parse_hours, parse_rate

    silent = expect_outputs(svg, force=force, as_json=as_json)
    settings = near_battery()
    times = settings.rate or parse_rate(DEFAULT_RATE) if rate is None else parse_rate(rate)
    wanted = settings.min_hours if min_life is None else parse_hours(min_life, "--min-life")
    own = capacity is not None or voltage is not None
    chosen = choose_cells(cells or (() if own else settings.cells), capacity, voltage, self_discharge)
    beside = choose_peripherals(radio or settings.radio, sensor or settings.sensor, "--{}")
    loaded = open_model(model)
    try:
        answer = make_battery_report(
            loaded,
            part_of(profile, build),
            library,
            times,
            chosen,
            release=release,
            active=active or settings.active,
            sleep=sleep or settings.sleep,
            supply=supply or settings.supply,
            min_hours=wanted,
            peripherals=beside,
        )
    except (UnknownCurrentError, UnknownTimeError) as error:
        click.echo(f"microinfer: cannot tell: {error}", err=True)
        return CANNOT_TELL
    if svg is not None:
        from ..view.battery_chart import draw_battery

        write_file(svg, draw_battery(answer), force=force)
    if as_json:
        click.echo(answer.to_json())
    elif not silent:
        from .battery_view import show_answer

        show_answer(answer, default_profile=profile is None)
        if svg is not None:
            click.echo("\n" + "\n".join(written(svg)))
    return 0 if answer.good else 1
