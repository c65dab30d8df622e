"""The `tfgen` command: words to calls. TensorFlow is imported by the commands that need it."""

import functools
import os
import re
import sys
from pathlib import Path

import click

from tfgen import errors, presets, progress, recipes, runs
from tfgen.runs import places, settings, ship, tables, walk
from tfgen.silence import silenced

# What users can cause. Anything else is a mistake of ours, and shows where it was made.
_EXPECTED = (ValueError, OSError, MemoryError, errors.TrainingError)
_INTERRUPTED = 130


class _Commands(click.Group):
    """Turns what users can cause into one line on the terminal and an exit status."""

    verbose = False

    def main(self, *arguments, **others):
        """Run the command; end the process with 0, with 2 for wrong input, or with 130."""
        progress.open_descriptors()
        with progress.lasting_output():
            status = self._status(*arguments, **{**others, "standalone_mode": False})
        sys.exit(status)

    def _status(self, *arguments, **others):
        try:
            status = super().main(*arguments, **others)
            return status if isinstance(status, int) else 0
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help())
            return 0
        except click.ClickException as error:
            return _say(f"Error: {_one_line(error.format_message())}")
        except (click.Abort, KeyboardInterrupt) as error:
            cause = error.__cause__ or error
            _say(_one_line(str(cause)) or "Interrupted; what was begun is not written.")
            return _INTERRUPTED
        except _EXPECTED as error:
            if self.verbose:
                raise
            return _say(f"Error: {_worded(error)}")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--verbose", is_flag=True, help="Show TensorFlow's messages and full tracebacks.")
@click.version_option(package_name="tfgen")
@click.pass_context
def main(context, verbose):
    """Train generative models with Keras, judge them, and ship their generators.

    MODEL is the directory of a training, the name of a preset, or a .keras file.
    """
    context.command.verbose = verbose
    if not verbose:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


class _Size(click.ParamType):
    """Text such as 64 or 64x48: height and width."""

    name = "N or HxW"

    def convert(self, value, param, ctx):
        """Return `(height, width)`."""
        found = re.fullmatch(r"([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?", str(value))
        if not found:
            self.fail(f"{value!r} is no size: expected pixels, such as 64, or 64x48.", param, ctx)
        height, width = found.group(1), found.group(2) or found.group(1)
        return int(height), int(width)


class _Finite(click.FloatRange):
    """A number that is one: nan and inf are none."""

    def convert(self, value, param, ctx):
        """Return the number."""
        number = super().convert(value, param, ctx)
        if not abs(number) < float("inf"):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


_DIRECTORY = click.Path(path_type=Path)
_MODEL = click.argument("model", metavar="MODEL")
_SEED_RANGE = click.IntRange(0, settings.LARGEST_SEED)
_SEED = click.option("--seed", type=_SEED_RANGE, default=0, show_default=True,
                     help="Same seed, same numbers.")  # fmt: skip
_LABEL = click.option("--label", type=int, help="The class to draw; default: all in turn.")
_OUT = click.option("--out", required=True, help="A file, such as samples.png.")
_DATA_DIR = click.option(
    "--data-dir",
    help="Where TFDS keeps its data sets. "
    "[default: $TFDS_DATA_DIR, or ../shared/tfds if it has the set, or TFDS's own]",
)
_DATA = click.option(
    "--data", help="Where the data are now.  [default: where they were when it was trained]"
)


@main.command()
@click.option("--out", type=_DIRECTORY, default="tfgen-quickstart", show_default=True)
@click.pass_context
def quickstart(context, out):
    """Train, judge, draw and export a small model of digits; offline, in about a minute."""
    _import_tensorflow(context)
    from tfgen.runs.quickstart import quickstart as begin

    begin(out, say=click.echo)


@main.command(name="recipes")
def list_recipes():
    """List the recipes: what they train, on what, for how long, to what result."""
    tables.show(*tables.of_recipes([recipes.get(name) for name in recipes.names()]))


@main.command(name="presets")
def list_presets():
    """List the trained models that come with the package."""
    tables.show(*tables.of_presets([presets.about(name) for name in presets.names()]))
    click.echo("Try: tfgen sample NAME --out samples.png")


@main.command()
@click.argument("recipe")
@click.option("--out", type=_DIRECTORY, required=True, help="The run directory.")
@click.option("--data", help="A folder, a .npy or .npz file, a text file, or a TFDS name.")
@click.option("--size", type=_Size(), help="Resize images.  [default: as they are]")
@click.option("--holdout", type=_Finite(0, 1, min_open=True, max_open=True),
              help="Share to judge by, where there is no test set.  [default: 0.1]")  # fmt: skip
@click.option("--epochs", type=click.IntRange(1), help="Instead of the recipe's own.")
@click.option("--steps-per-epoch", type=click.IntRange(1), help="Shorten the epochs.")
@click.option("--batch-size", type=click.IntRange(1), help="Examples a step.")
@click.option("--learning-rate", type=_Finite(0, min_open=True), help="Of the optimizers.")
@click.option("--latent-dim", type=click.IntRange(1), help="Size of the latents.")
@click.option("--set", "assignments", metavar="NAME=VALUE", multiple=True,
              help="Whatever else the recipe declares; repeatable.")  # fmt: skip
@click.option("--from", "begin_from", metavar="MODEL", help="Go on from these weights.")
@_DATA_DIR
@_SEED
@click.option(
    "--strategy",
    type=click.Choice(settings.STRATEGIES),
    default="default",
    show_default=True,
    help="How tf.distribute spreads the training.",
)
@click.option("--mixed-precision/--full-precision", default=None,
              help="Compute in bfloat16, or in float32.  [default: the recipe's]")  # fmt: skip
@click.option(
    "--tokenizer",
    help="For recipes that need one: a trained tokenizer or VAE, a run or a preset. "
    "[default: train one first]",
)
@click.pass_context
def train(context, recipe, out, data_dir, tokenizer, begin_from, assignments, **changes):
    """Train RECIPE; the same command again resumes where it stopped."""
    recipe = recipes.get(recipe)
    chosen = runs.changed(recipe, changes, assignments)
    runs.check(recipe, chosen, out, tokenizer=tokenizer, begin_from=begin_from)
    _import_tensorflow(context)
    run = runs.train(recipe, chosen, out, data_dir=data_dir, tokenizer=tokenizer,
                     begin_from=begin_from, say=click.echo)  # fmt: skip
    click.echo(f"Trained: {run.model_path}\nNext: tfgen evaluate {out}")


@main.command()
@_MODEL
@_DATA
@_DATA_DIR
@click.option("--recipe", help="By whose protocol to judge a .keras file.")
@click.option("--features", type=click.Path(exists=True, dir_okay=False),
              help="A .keras file of a network to see samples through.")  # fmt: skip
@click.pass_context
def evaluate(context, model, data, data_dir, recipe, features):
    """Judge MODEL by its recipe's protocol; write the metrics.json of a run."""
    trained = runs.open_trained(model, recipe)
    _import_tensorflow(context)
    tables.show_numbers(runs.evaluate(trained, data, data_dir, features))
    if trained.run is not None:
        click.echo(f"Wrote {trained.run.directory / 'metrics.json'}")
        if trained.recipe.report:
            click.echo(f"Wrote {trained.run.directory / 'report.html'}")


@main.command()
@_MODEL
@click.option("--count", type=click.IntRange(1, 2**31 - 1),
              help="How many.  [default: as many as make a good sheet]")  # fmt: skip
@_SEED
@_LABEL
@click.option(
    "--truncation",
    type=_Finite(0, min_open=True),
    help="For GANs: no latent beyond this; 0.7, say, for typical samples only.  [default: none]",
)
@click.option("--prompt", help="For texts: what all begin with.")
@click.option("--temperature", type=_Finite(0),
              help="For texts: below 1, likelier ones are drawn.  [default: 1]")  # fmt: skip
@click.option("--top-k", type=click.IntRange(1),
              help="For texts: among so many of the likeliest.  [default: all]")  # fmt: skip
@click.option("--top-p", type=_Finite(0, 1, min_open=True),
              help="For texts: among the likeliest that reach this.  [default: 1]")  # fmt: skip
@click.option("--length", type=click.IntRange(1),
              help="For texts: tokens, with the prompt's.  [default: the context]")  # fmt: skip
@click.option("--out", help="A file, such as samples.png, or a folder for many.  "
              "[default: the terminal, for texts]")  # fmt: skip
@click.pass_context
def sample(context, model, out, **options):
    """Draw samples from MODEL."""
    opened = _opened(context, model, out, folder=True).load()
    if out is None:
        runs.tell(opened, functools.partial(click.echo, nl=False), **options)
    else:
        runs.sample(opened, out, **options)
        click.echo(f"Wrote {out}")


@main.command()
@_MODEL
@_DATA
@_DATA_DIR
@_OUT
@click.pass_context
def reconstruct(context, model, data, data_dir, out):
    """Draw test examples beside what the autoencoder MODEL makes of them."""
    trained = _opened(context, model, out)
    model = trained.load()
    runs.reconstruct(model, trained.test_batches(model, data, data_dir), out)
    click.echo(f"Wrote {out}")


@main.command()
@_MODEL
@_LABEL
@click.option(
    "--along",
    type=click.Choice(walk.WALKS),
    help="Walk along single latents, along directions found in a GAN's weights (sefa) or "
    "features (ganspace), or from one random latent to another (arcs).  "
    "[default: units; sefa for GANs; arcs for texts]",
)
@click.option("--between", nargs=2, multiple=True, metavar="TEXT TEXT",
              help="For texts: walk from one to the other; repeatable.")  # fmt: skip
@click.option("--count", type=click.IntRange(1), help="Rows.  [default: all units; 8 otherwise]")
@click.option("--seed", type=_SEED_RANGE, help="Of the latents.  [default: all zeros; 0 for arcs]")
@_OUT
@click.pass_context
def traverse(context, model, out, **options):
    """Draw walks through the latents of MODEL: one row each."""
    runs.traverse(_opened(context, model, out).load(), out, **options)
    click.echo(f"Wrote {out}")


@main.command()
@_MODEL
@click.option("--to", "targets", default="saved_model,tflite", show_default=True,
              help="Any of saved_model, tflite, web.")  # fmt: skip
@click.option(
    "--modes",
    help=f"Of the TFLite files: any of {', '.join(ship.MODES + ship.ASKED_FOR)}.  "
    "[default: all but the last; no full-integer ones of text]",
)
@click.option(
    "--endpoints",
    help="Of the TFLite files.  [default: generate,decode; of text prefill,score too]",
)
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
@_DATA
@_DATA_DIR
@click.pass_context
def export(context, model, targets, modes, endpoints, serving_kit, fine_tune_steps, runtime, out,
           data, data_dir):  # fmt: skip
    """Write the generator of MODEL, with a report.

    --to takes saved_model, tflite, and web: a page that draws on the visitor's device, in the
    first of the --modes.
    """
    targets, modes = _parts(targets), None if modes is None else _parts(modes)
    endpoints = None if endpoints is None else _parts(endpoints)
    ship.check(targets, modes, serving_kit, endpoints, fine_tune_steps)
    trained = _opened(context, model, out, folder=True)
    model, say = trained.load(), functools.partial(click.echo, err=True)
    report = runs.export(
        model, out, targets, modes, name=trained.name, kit=serving_kit, runtime=runtime,
        quality=runs.quality(trained, model, data, data_dir, say), progress=say,
        endpoints=endpoints, fine_tune_steps=fine_tune_steps, class_names=trained.class_names,
    )  # fmt: skip
    tables.show(report.columns, report.cells)
    click.echo(f"Wrote {out}, with report.md")


def _opened(context, model, out, folder=False):
    """Return what `model` names, with all that is quick to check checked first."""
    trained = runs.open_trained(model)
    if out is not None:
        places.check(out, folder)
    _import_tensorflow(context)
    return trained


def _import_tensorflow(context):
    """Import it without its greetings, which no log level hides, and without scikit-learn.

    Keras imports that for wrappers that nobody uses here; a fifth of the time goes into it.
    """
    hidden = "sklearn" not in sys.modules
    if hidden:
        sys.modules["sklearn"] = None
    with silenced(verbose=context.find_root().command.verbose):
        import tensorflow as tf
    if hidden:
        del sys.modules["sklearn"]
    tf.get_logger().setLevel("ERROR")


def _parts(text):
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _say(line):
    click.echo(line, err=True)
    return 2


def _worded(error):
    """Return an error in one line, without numbers that mean nothing to a person."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return _one_line(str(error)) or type(error).__name__


def _one_line(text):
    return " ".join(text.split())


if __name__ == "__main__":
    main()
