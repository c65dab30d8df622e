import pytest

from tfgen.files import new_directory, new_file, write_files


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_new_file_replaces_the_old_one(tmp_path):
    (tmp_path / "a.png").write_text("old")
    with new_file(tmp_path / "a.png") as beside:
        beside.write_text("new")
        assert beside.suffix == ".png"
        assert (tmp_path / "a.png").read_text() == "old"
    assert names(tmp_path) == ["a.png"]
    assert (tmp_path / "a.png").read_text() == "new"


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_new_file_leaves_the_old_one_where_writing_fails(tmp_path, error):
    (tmp_path / "a.png").write_text("old")
    with pytest.raises(error), new_file(tmp_path / "a.png") as beside:
        beside.write_text("ne")
        raise error
    assert names(tmp_path) == ["a.png"]
    assert (tmp_path / "a.png").read_text() == "old"


def test_write_files_writes_all_or_none(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        write_files({tmp_path / "a": b"new", tmp_path / "missing" / "b": b"new"})
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"
    write_files({tmp_path / "a": b"new", tmp_path / "b": b"too"})
    assert [(tmp_path / name).read_bytes() for name in "ab"] == [b"new", b"too"]


def test_new_directory_is_whole_or_absent(tmp_path):
    with pytest.raises(KeyboardInterrupt), new_directory(tmp_path / "1") as beside:
        (beside / "half").touch()
        raise KeyboardInterrupt
    assert names(tmp_path) == []
    with new_directory(tmp_path / "1") as beside:
        (beside / "whole").touch()
    assert names(tmp_path) == ["1"]
    with pytest.raises(OSError), new_directory(tmp_path / "1"):
        pass
    assert names(tmp_path / "1") == ["whole"]


def full(*arguments, **others):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("write", [new_file, new_directory])
def test_full_disk_names_what_could_not_be_written(write, tmp_path):
    target = tmp_path / "a.png"
    with pytest.raises(OSError, match="No space left on device") as caught, write(target):
        full()
    assert caught.value.filename == str(target)
    assert names(tmp_path) == []


def test_full_disk_names_the_file_of_several(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="a.png"):
        write_files({tmp_path / "a.png": b"new"})


def test_errors_about_other_files_stay_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"), new_file(tmp_path / "a.png"):
        (tmp_path / "nowhere").read_bytes()
