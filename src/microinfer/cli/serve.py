"""`microinfer serve`: the report as a page in the browser, to drop models on."""

from __future__ import annotations

import click

from ..errors import InputError

__all__ = ["command"]

INSTALL = "the page in the browser needs starlette and uvicorn: pip install 'microinfer[serve]'"


@click.command("serve")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="Of 127.0.0.1, which nobody but this computer reaches. Default: one that is free.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
def command(port: int, no_browser: bool) -> int:
    """Open a page in the browser: drop a .tflite on it, change part, kernels, build and arena, and see.

    The page holds what 'microinfer report' writes, and offers the export as an archive. Nothing is fetched
    from elsewhere and nothing is kept. Ctrl-C ends it, with exit code 130.
    """
    try:
        from ..server.listening import listen
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn", "anyio", "h11"):
            raise
        raise InputError(INSTALL) from error

    def announce(address: str) -> None:
        click.echo(f"{address}\nCtrl-C ends it.")

    listen(port, announce, opens=not no_browser)
    return 0
