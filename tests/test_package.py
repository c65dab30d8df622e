import subprocess
import sys

import tfgen


def test_public_names_resolve():
    for name in tfgen.__all__:
        assert getattr(tfgen, name) is not None


def test_a_bare_import_loads_saved_models(tmp_path):
    from models import small_vae

    small_vae().save(tmp_path / "vae.keras")
    code = (
        "import sys, tfgen\n"
        "assert 'tensorflow' not in sys.modules\n"
        f"print(type(tfgen.load_model({str(tmp_path / 'vae.keras')!r})).__name__)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "VAE"


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
        "import tfgen, tfgen.export\n"
        f"assert tfgen.__file__.startswith({str(target)!r}), tfgen.__file__\n"
        f"assert tfgen.export.__file__.startswith({str(target)!r}), tfgen.export.__file__\n"
        "assert 'digits-vae' in tfgen.recipes.names(); tfgen.export.to_tflite; tfgen.VAE\n"
        "from importlib import resources; import tfgen.export.web.page as page\n"
        "files = {path.name for path in resources.files('tfgen.export.web').iterdir()}\n"
        "assert files > {'index.html', *page._STATIC}, files"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, timeout=120)
