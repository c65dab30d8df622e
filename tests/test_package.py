import subprocess
import sys

from gans import images_gan
from models import small_vae

import tfgen


def test_public_names_resolve():
    for name in tfgen.__all__:
        assert getattr(tfgen, name) is not None


def test_a_bare_import_loads_saved_models(tmp_path):
    models = {"VAE": small_vae(), "GAN": images_gan(), "VQVAE": _small_vqvae()}
    code = "import sys, tfgen\nassert 'tensorflow' not in sys.modules\n"
    for name, model in models.items():
        model.save(tmp_path / f"{name}.keras")
        path = str(tmp_path / f"{name}.keras")
        code += f"print(type(tfgen.load_model({path!r})).__name__)\n"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == list(models)


def _small_vqvae():
    return tfgen.VQVAE(
        tfgen.networks.grid_encoder((8, 8, 1), 2, width=4),
        tfgen.networks.grid_decoder(2, (8, 8, 1), width=4),
        tfgen.quantizers.EMAQuantizer(codebook_size=8, code_dim=2),
        tfgen.likelihoods.Bernoulli(),
    )


def test_wheel_works_from_another_directory(tmp_path, request):
    root = request.config.rootpath
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-q", "-w", tmp_path, root], check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    target = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", target]
    subprocess.run([*install, wheel], check=True, timeout=120)
    code = (
        f"import sys; sys.path.insert(0, {str(target)!r})\n"
        "import importlib.resources, tfgen, tfgen.export, tfgen.export.serving\n"
        f"assert tfgen.__file__.startswith({str(target)!r}), tfgen.__file__\n"
        f"assert tfgen.export.__file__.startswith({str(target)!r}), tfgen.export.__file__\n"
        "kit = importlib.resources.files('tfgen.export.serving') / 'kit'\n"
        "assert sum(file.is_file() for file in kit.iterdir()) == 9, list(kit.iterdir())\n"
        "assert 'digits-vae' in tfgen.recipes.names(); tfgen.export.to_tflite; tfgen.VAE\n"
        "assert tfgen.presets.path('mnist-r3gan').is_file(); tfgen.runs.train\n"
        "assert '$seed' in tfgen.export.app.folder._template('README.md')\n"
        "from importlib import resources; import tfgen.export.web.page as page\n"
        "files = {path.name for path in resources.files('tfgen.export.web').iterdir()}\n"
        "assert files > {'index.html', *page._STATIC}, files\n"
        "for room in ('tfgen', 'tfgen.export'):\n"
        "    assert (resources.files(room) / 'py.typed').is_file(), room\n"
        "assert tfgen.metrics.compare and tfgen.plots.save  # whose names are in `.pyi` files"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, timeout=120)
