"""The files of the kit: what TF Serving would read in them, and what is refused."""

import json
import re
import shutil

import pytest
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2
from tfgen.export import serving_kit

FILES = ["README.md", "batching_parameters.txt", "compose.yaml", "grpc_client.py",
         "models.config", "monitoring_config.txt", "rest_client.py", "samples.py"]  # fmt: skip


def config_of(directory):
    text = (directory / "models.config").read_text()
    config = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    (model,) = config.model_config_list.config
    return model


def fake_version(directory, number, source):
    """A further version, with the same signatures."""
    version = directory / str(number)
    shutil.copytree(source, version)
    return version


def test_all_files_are_there_and_filled_in(kit):
    assert sorted(path.name for path in kit.iterdir() if path.is_file()) == FILES
    for name in FILES:
        text = (kit / name).read_text()
        assert text.strip()
        assert not re.search(r"\$(?!\{TF_SERVING_TAG:-latest\})", text), name


def test_the_official_message_reads_the_model(kit):
    model = config_of(kit)
    assert (model.name, model.base_path) == ("small-digits", "/models/small-digits")
    assert model.model_platform == "tensorflow"
    assert model.model_version_policy.latest.num_versions == 2
    assert dict(model.version_labels) == {"stable": 1}


def test_labels_name_the_two_newest_versions(exported_family, tmp_path):
    source = exported_family("gan")[1]
    for number in (2, 9, 30):
        version = fake_version(tmp_path / "saved", number, source)
    kit = serving_kit(version, tmp_path / "kit", "digits")
    assert dict(config_of(kit).version_labels) == {"stable": 30, "previous": 9}


def test_compose_finds_the_versions_and_opens_loopback_only(exported_family, tmp_path):
    version = fake_version(tmp_path / "out" / "saved_model", 1, exported_family("gan")[1])
    text = (serving_kit(version, tmp_path / "out" / "serving", "a.b") / "compose.yaml").read_text()
    assert 'source: "../saved_model", target: "/models/a.b", read_only: true' in text
    ports = re.findall(r'^      - "(.*:\d+)"', text, re.MULTILINE)
    assert ports == ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501"]
    mounted = re.findall(r"_file=/kit/(\S+)\"", text)
    assert sorted(mounted) == ["batching_parameters.txt", "models.config", "monitoring_config.txt"]


def test_clients_ask_for_no_more_rows_than_a_batch_holds(kit, clients):
    text = (kit / "batching_parameters.txt").read_text()
    assert f"max_batch_size {{ value: {clients['rest'].samples.ROWS} }}" in text


def test_the_page_says_what_was_not_tried(kit):
    page = (kit / "README.md").read_text()
    assert "**Not tried, for want of Docker" in page
    named = set(re.findall(r"`(\w+\.(?:py|txt|yaml|config))`", page))
    assert named == set(FILES) - {"README.md"}


def test_an_earlier_kit_is_replaced(exported_family, tmp_path):
    version = exported_family("gan")[1]
    serving_kit(version, tmp_path, "old")
    serving_kit(version, tmp_path, "new")
    assert config_of(tmp_path).name == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


@pytest.mark.parametrize("name", ["", "a b", "a/b", "-a", "ä:b", "a\n", 5, None])
def test_names_that_are_no_part_of_an_address_are_refused(exported_family, tmp_path, name):
    with pytest.raises(ValueError, match="serving_kit received name="):
        serving_kit(exported_family("gan")[1], tmp_path / "kit", name)
    assert not (tmp_path / "kit").exists()


def test_what_is_no_version_is_refused(exported_family, tmp_path):
    version = exported_family("gan")[1]
    for path in (version.parent, version.parent / "2", tmp_path):
        with pytest.raises(ValueError, match="expected a version of a SavedModel") as caught:
            serving_kit(path, tmp_path / "kit", "digits")
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "kit").exists()


def test_a_model_that_does_not_generate_is_refused(exported_family, tmp_path):
    version = fake_version(tmp_path / "saved", 1, exported_family("gan")[1])
    path = version / "assets.extra" / "endpoints.json"
    told = json.loads(path.read_text())
    generate = told["endpoints"].pop("generate")
    path.write_text(json.dumps(told))
    with pytest.raises(ValueError, match="signatures decode: expected 'generate'"):
        serving_kit(version, tmp_path / "kit", "digits")
    generate["outputs"]["images"] = {"kind": "audio"}
    path.write_text(json.dumps({"endpoints": {"generate": generate}}))
    with pytest.raises(ValueError, match="which generates audio: its clients write images"):
        serving_kit(version, tmp_path / "kit", "digits")
    path.unlink()
    with pytest.raises(ValueError, match="does not say what it gives.*Export it again"):
        serving_kit(version, tmp_path / "kit", "digits")
    assert not (tmp_path / "kit").exists()
