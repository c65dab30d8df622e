"""The `tfgen` command. TensorFlow is imported only by the commands that need it."""

import dataclasses
import functools
import os
import time
from pathlib import Path

import click

from tfgen import experiment, recipes
from tfgen.errors import TrainingError
from tfgen.runs import Run
from tfgen.silence import silenced

_FILE_WIDTH = 160  # columns of tables that go to files and pipes
_BAD_INPUT = (ValueError, TypeError, OSError, TrainingError)


class _Commands(click.Group):
    """Turns what users can cause into one line on the terminal and an exit status."""

    def invoke(self, context):
        try:
            return super().invoke(context)
        except _BAD_INPUT as error:
            if context.params.get("verbose"):
                raise
            click.echo(f"Error: {_one_line(error)}", err=True)
            raise SystemExit(2) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--verbose", is_flag=True, help="Show TensorFlow's messages and full tracebacks.")
@click.version_option(package_name="tfgen")
def main(verbose):
    """Train generative models with Keras, judge them, and ship their generators."""
    if not verbose:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


_DIRECTORY = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_DATA_DIR = click.option(
    "--data-dir",
    help="Where TFDS keeps its data sets. "
    "[default: $TFDS_DATA_DIR, or ../shared/tfds if it has the set, or TFDS's own]",
)
_SEED = click.option("--seed", default=0, show_default=True, help="Same seed, same numbers.")
_LABEL = click.option("--label", type=int, help="The class to draw; default: all in turn.")


@main.command()
@click.option("--out", type=_DIRECTORY, default="tfgen-quickstart", show_default=True)
@click.pass_context
def quickstart(context, out):
    """Train, judge, sample and export a small VAE on digits; offline, in about a minute."""
    began = time.monotonic()
    run = _trained(context, "digits-vae", out, {}, None)
    model = run.load()
    _judge(run, None)
    pictures = _draw_all(run, model, out)
    click.echo("Exporting: one SavedModel, five TFLite files")
    _export(run, model, out / "export", ("saved_model", "tflite"), experiment.DEFAULT_MODES)
    click.echo(f"\nDone in {time.monotonic() - began:.0f} s. Look at")
    for path in (*pictures, out / "export" / "report.md"):
        click.echo(f"  {path}")
    click.echo(
        f"Next:\n  tfgen sample {out} --count 64 --seed 1 --out more.png\n"
        "  tfgen recipes\n  tfgen train mnist-conv-vae --out runs/mnist-conv-vae"
    )


@main.command(name="recipes")
def list_recipes():
    """List the recipes: what they train, on what, for how long, to what result."""
    found = [recipes.get(name) for name in recipes.names()]
    columns = ("name", "modality", "family", "data", "time", "expected")
    _print_table(columns, [[str(getattr(recipe, c)) for c in columns] for recipe in found])


@main.command()
@click.argument("recipe")
@click.option("--out", type=_DIRECTORY, required=True, help="The run directory.")
@click.option("--epochs", type=click.IntRange(1), help="Instead of the recipe's own.")
@click.option("--steps-per-epoch", type=click.IntRange(1), help="Shorten the epochs.")
@_DATA_DIR
@_SEED
@click.option(
    "--strategy",
    type=click.Choice(["default", "mirrored", "multiworker"]),
    default="default",
    show_default=True,
    help="How tf.distribute spreads the training.",
)
@click.option("--mixed-precision", is_flag=True, help="Compute in bfloat16.")
@click.option(
    "--tokenizer",
    type=_DIRECTORY,
    help="For recipes that need one: the run of a trained tokenizer. [default: train one first]",
)
@click.pass_context
def train(context, recipe, out, data_dir, tokenizer, **changes):
    """Train RECIPE; the same command again resumes where it stopped."""
    run = _trained(context, recipe, out, changes, data_dir, tokenizer)
    click.echo(f"Trained: {run.model_path}\nNext: tfgen evaluate {out}")


@main.command()
@click.argument("directory", type=_DIRECTORY)
@_DATA_DIR
@click.pass_context
def evaluate(context, directory, data_dir):
    """Judge the run in DIRECTORY by its recipe's protocol; write metrics.json."""
    run = Run.open(directory)
    _import_tensorflow(context)
    _judge(run, data_dir)


@main.command()
@click.argument("directory", type=_DIRECTORY)
@click.option("--count", type=click.IntRange(1), default=64, show_default=True)
@_SEED
@_LABEL
@click.option(
    "--truncation",
    type=click.FloatRange(0, min_open=True),
    help="For GANs: no latent beyond this; 0.7, say, for typical samples only.  [default: none]",
)
@click.option("--out", type=_FILE, required=True, help="A .png file.")
@click.pass_context
def sample(context, directory, out, **options):
    """Draw samples from the run in DIRECTORY."""
    run = _opened(context, directory, out)
    experiment.sample(run.load(), out, **options)
    click.echo(f"Wrote {out}")


@main.command()
@click.argument("directory", type=_DIRECTORY)
@_DATA_DIR
@click.option("--out", type=_FILE, required=True, help="A .png file.")
@click.pass_context
def reconstruct(context, directory, data_dir, out):
    """Draw test images above what the autoencoder in DIRECTORY makes of them."""
    run = _opened(context, directory, out)
    test = run.recipe.dataset("test", run.settings, data_dir)
    experiment.reconstruct(run.load(), test, out)
    click.echo(f"Wrote {out}")


@main.command()
@click.argument("directory", type=_DIRECTORY)
@_LABEL
@click.option(
    "--along",
    type=click.Choice(experiment.WALKS),
    help="Walk along single latents, along directions found in a GAN's weights (sefa) or "
    "features (ganspace), or from one random latent to another (arcs).  "
    "[default: units; sefa for GANs]",
)
@click.option("--count", type=click.IntRange(1), help="Rows.  [default: all units; 8 otherwise]")
@click.option("--seed", type=int, help="Of the latents.  [default: all zeros; 0 for arcs]")
@click.option("--out", type=_FILE, required=True, help="A .png file.")
@click.pass_context
def traverse(context, directory, out, **options):
    """Draw walks through the latents of the run in DIRECTORY: one row each."""
    run = _opened(context, directory, out)
    experiment.traverse(run.load(), out, **options)
    click.echo(f"Wrote {out}")


@main.command()
@click.argument("directory", type=_DIRECTORY)
@click.option("--to", "targets", default="saved_model,tflite", show_default=True)
@click.option("--modes", default=",".join(experiment.DEFAULT_MODES), show_default=True)
@click.option("--endpoints", help="Of the TFLite files.  [default: generate,decode]")
@click.option(
    "--fine-tune-steps",
    type=click.IntRange(0),
    default=0,
    help="Let the int8 files learn to answer like the float ones: 200, say.",
)
@click.option("--serving-kit", is_flag=True, help="Add what runs TF Serving, and clients for it.")
@click.option(
    "--runtime",
    default="node_modules/@litertjs/core",
    show_default=True,
    help="For web: the npm package's folder, which is copied, or its https address.",
)
@click.option("--out", type=_DIRECTORY, required=True, help="Where the artefacts go.")
@_DATA_DIR
@click.pass_context
def export(
    context, directory, targets, modes, endpoints, serving_kit, runtime, out, data_dir, **options
):
    """Write the generator of the run in DIRECTORY, with a report.

    --to takes saved_model, tflite, and web: a page that draws on the visitor's device, in the
    first of the --modes.
    """
    targets = _choices("--to", targets, ("saved_model", "tflite", "web"))
    modes = _choices("--modes", modes, experiment.DEFAULT_MODES)
    if serving_kit and "saved_model" not in targets:
        raise ValueError(f"--serving-kit received --to {','.join(targets)}: add saved_model.")
    run = Run.open(directory)
    _import_tensorflow(context)
    options |= {"kit": serving_kit, "runtime": runtime, "quality": _quality(run, data_dir)}
    options["endpoints"] = endpoints and tuple(part.strip() for part in endpoints.split(","))
    _export(run, run.load(), out, targets, modes, **options)
    click.echo(f"Wrote {out}, with report.md")


def _trained(context, name, out, changes, data_dir, tokenizer=None):
    """Train the recipe in `out`, or resume it; return the run."""
    recipe = recipes.get(name)
    _check_tokenizer(recipe, tokenizer, changes)
    changes = {k: v for k, v in changes.items() if v is not None}
    run = Run.start(out, recipe, dataclasses.replace(recipe.settings, **changes))
    if run.trained:
        click.echo(f"{out} is trained already.")
        return run
    _import_tensorflow(context)
    _prepare_tokenizer(context, run, changes, data_dir, tokenizer)
    try:
        experiment.train(run, data_dir)
    except KeyboardInterrupt:
        from tfgen.callbacks import Backup

        kept = Backup.completed_epochs(run.directory / "backup")
        click.echo(
            f"\nStopped; {kept} of {run.settings.epochs} epochs are kept. "
            "The same command resumes there.",
            err=True,
        )
        raise SystemExit(130) from None
    return run


def _check_tokenizer(recipe, source, changes):
    if source is not None and recipe.tokenizer is None:
        raise ValueError(f"--tokenizer {source} was given: {recipe.name} needs none. Leave it out.")
    # A process can meet the other workers for one training only.
    if source is None and recipe.tokenizer and changes.get("strategy") == "multiworker":
        raise ValueError(
            f"{recipe.name} with --strategy multiworker needs a tokenizer that is trained: train "
            f"{recipe.tokenizer} into a directory of its own, and pass that as --tokenizer."
        )


def _prepare_tokenizer(context, run, changes, data_dir, source):
    """Train what the recipe builds upon, or take it from the run in `source`."""
    first = run.recipe.tokenizer
    if source is not None:
        run.adopt_tokenizer(source)
    elif first is not None and not (run.tokenizer_directory / "model.keras").is_file():
        click.echo(f"First its tokenizer, {first}:")
        own = {name: value for name, value in changes.items() if name != "epochs"}
        _trained(context, first, run.tokenizer_directory, own, data_dir)


def _judge(run, data_dir):
    metrics = experiment.evaluate(run, data_dir)
    rows = [[name, _readable(value)] for name, value in metrics.items()]
    _print_table(("metric", "value"), rows)
    click.echo(f"Wrote {run.directory / 'metrics.json'}")


def _draw_all(run, model, out):
    paths = [out / f"{name}.png" for name in ("samples", "reconstructions", "traversal")]
    experiment.sample(model, paths[0])
    experiment.reconstruct(model, run.recipe.dataset("test", run.settings), paths[1])
    experiment.traverse(model, paths[2])
    return paths


def _quality(run, data_dir):
    """The recipe's quality function; without its data the report says less, and no more."""
    try:
        return experiment.quality(run, data_dir)
    except OSError as error:
        click.echo(f"The report will be without quality: {_one_line(error)}", err=True)
        return None


def _export(run, model, out, targets, modes, **options):
    say = functools.partial(click.echo, err=True)
    name = run.recipe.name
    report = experiment.export(model, out, targets, modes, name=name, progress=say, **options)
    _print_table(report.columns, report.cells)


def _print_table(columns, rows):
    import rich.box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")  # a narrow terminal breaks lines, loses nothing
    for row in rows:
        table.add_row(*row)
    console = Console()
    Console(width=None if console.is_terminal else _FILE_WIDTH).print(table)


def _readable(value):
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def _choices(option, text, allowed):
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in chosen:
        if part not in allowed:
            raise ValueError(f"{option} received {part!r}: expected any of {', '.join(allowed)}.")
    if not chosen:
        raise ValueError(f"{option} received nothing: expected any of {', '.join(allowed)}.")
    return chosen


def _opened(context, directory, picture):
    """Return the run that `picture` is drawn of, with all that is quick to check checked first."""
    if picture.suffix.lower() != ".png":
        raise ValueError(f"--out received {picture}: expected a file that ends in .png.")
    run = Run.open(directory)
    _import_tensorflow(context)
    return run


def _import_tensorflow(context):
    """Import it without its greetings, which no log level hides."""
    with silenced(verbose=context.find_root().params["verbose"]):
        import tensorflow as tf

    tf.get_logger().setLevel("ERROR")


def _one_line(error):
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    main()
