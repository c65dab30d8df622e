"""Texts as a source: what is in which split, in which order, in rows of which tokens."""

import codecs

import numpy as np
import pytest

from tfgen.data import open_text, text, text_files, text_parts, texts
from tfgen.tokenizers import Characters

NUMBERS = "".join(f"{i} " for i in range(400))  # no two windows are the same


def lines_of(count):
    return "".join(f"Line {i}: {'x' * (i % 7)}.\n" for i in range(count))


@pytest.fixture
def novel(tmp_path):
    path = tmp_path / "novel.txt"
    path.write_text(NUMBERS + "é", encoding="utf-8")
    return path


def batches(source, split="train", **options):
    return [*source.batches(split, **{"batch_size": 4, **options}).as_numpy_iterator()]


def test_the_last_tenth_of_a_stream_is_held_out(novel):
    source = open_text(novel, length=16)
    train, test = source.stream("train"), source.stream("test")
    cut = int(len(NUMBERS + "é") * 0.9)
    assert source.tokenizer.decode(train) == NUMBERS[:cut]
    assert source.tokenizer.decode(test) == NUMBERS[cut:]
    assert source.spec.counts == {"train": cut // 16, "test": len(test) // 16}
    note = "1 character of the held-out text is not in the vocabulary and left out: 'é' (once)"
    assert note in source.notes
    assert source.unknown["test"] == {"é": 1} and not source.padded


def test_windows_to_judge_by_lie_side_by_side(novel):
    source = open_text(novel, length=16)
    windows = np.concatenate(batches(source, "test"))
    assert windows.dtype == np.int32
    count = source.spec.counts["test"]
    assert windows.reshape(-1).tolist() == source.stream("test")[: 16 * count].tolist()
    assert source.texts("test") == [source.tokenizer.decode(row) for row in windows]
    assert source.texts("test", 2) == [source.texts("test")[i] for i in (0, -1)]


def test_windows_to_train_on_lie_anywhere_and_repeat_by_seed_and_epoch(novel):
    source = open_text(novel, length=16)
    stream = source.tokenizer.decode(source.stream("train"))
    rows = [source.tokenizer.decode(row) for batch in batches(source) for row in batch]
    assert len(rows) == source.spec.counts["train"]
    starts = [stream.index(row) for row in rows]
    assert len({start % 16 for start in starts}) > 8  # else they would lie side by side
    assert min(starts) < 150 and max(starts) > len(stream) - 150

    dataset = source.batches("train", batch_size=4, seed=3)
    passes = [[b.tolist() for b in dataset.as_numpy_iterator()] for _ in range(3)]
    assert passes[0] != passes[1] != passes[2]
    again = open_text(novel, length=16).batches("train", batch_size=4, seed=3, first_epoch=2)
    assert [b.tolist() for b in again.as_numpy_iterator()] == passes[2]
    other = batches(source, seed=4)
    assert [b.tolist() for b in other] != passes[0]


@pytest.mark.parametrize("drop", [True, False])
def test_batches_are_as_many_as_are_said(novel, drop):
    source = open_text(novel, length=16)
    dataset = source.batches("train", batch_size=10, drop_remainder=drop)
    sizes = [len(batch) for batch in dataset.as_numpy_iterator()]
    assert len(sizes) == int(dataset.cardinality())
    assert sum(sizes) == source.spec.counts["train"] // (10 if drop else 1) * (10 if drop else 1)


def test_lines_are_held_out_by_content(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text(lines_of(300) * 2 + "\n   \n")
    source = open_text(path, documents="lines", length=12)
    train, test = source.text("train").split("\n"), source.text("test").split("\n")
    assert sorted(train + test) == sorted(lines_of(300).split("\n")[:-1] * 2)
    assert not set(train) & set(test) and 30 < len(test) < 100
    path.write_text("".join(reversed(lines_of(300).splitlines(keepends=True))))
    other = open_text(path, documents="lines", length=12).text("test").split("\n")
    assert set(other) == set(test)


def test_rows_are_filled_with_end_tokens_or_cut():
    source = open_text(["ab\n\nabcdef\nb"] * 3 + ["c\nf\ne"], documents="lines", length=4)
    assert source.padded
    end, rows = source.tokenizer.end, [row for batch in batches(source) for row in batch]
    rows += [row for batch in batches(source, "test") for row in batch]
    found = sorted(source.spec.kind.texts(np.stack(rows)))
    assert found == sorted(["ab", "abcd", "b"] * 3 + ["c", "f", "e"])
    assert all((row[len(source.tokenizer.decode(row)) :] == end).all() for row in rows)
    assert any("3 lines are longer than 4 characters and are cut" in note for note in source.notes)


def test_shuffled_rows_are_all_of_them_in_an_order_of_each_epoch():
    source = open_text([lines_of(60)], documents="lines", length=20)
    dataset = source.batches("train", batch_size=7)
    first, second = (
        [source.tokenizer.decode(row) for batch in dataset.as_numpy_iterator() for row in batch]
        for _ in range(2)
    )
    assert first != second and sorted(first) == sorted(second)
    assert sorted(first) == sorted(source.text("train").split("\n"))
    third = source.batches("train", batch_size=7, first_epoch=1).as_numpy_iterator()
    assert [source.tokenizer.decode(row) for batch in third for row in batch] == second


def test_paragraphs_stand_between_blank_lines():
    source = open_text(
        ["One\ntwo.\n\n  \nThree.\n\n\nFour\nfive\nsix.\n"],
        documents="paragraphs",
        length=20,
        tokenizer="bytes",
    )
    whole = {*source.texts("train"), *source.texts("test")}
    assert whole == {"One\ntwo.", "Three.", "Four\nfive\nsix."}


def test_documents_of_a_stream_end_with_an_end_token(tmp_path):
    (tmp_path / "sub").mkdir()
    for name, content in {"b.txt": "bbbb" * 9, "a.md": "aaaa", "sub/c.txt": "abab"}.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    source = open_text(tmp_path, length=2, holdout=0.2)
    both = np.concatenate([source.stream("train"), source.stream("test")])
    end = source.tokenizer.end
    assert np.flatnonzero(both == end).tolist() == [4, 41, 46]
    assert source.text("train").split("\n")[0] == "aaaa"
    assert "left out: 1 .png" in source.notes
    assert "in one stream of 3 documents" in source.describe()


def test_line_breaks_and_byte_order_marks_are_those_of_no_system(tmp_path):
    path = tmp_path / "dos.txt"
    path.write_bytes(codecs.BOM_UTF8 + b"one\r\ntwo\rthree\n" * 9)
    source = open_text(path, length=4)
    assert source.text("train").startswith("one\ntwo\nthree\none")


@pytest.mark.parametrize("tokenizer", ["characters", "bytes", "subwords"])
@pytest.mark.parametrize("documents", ["stream", "lines"])
def test_tokens_do_not_depend_on_how_much_is_read_at_a_time(
    tmp_path, monkeypatch, tokenizer, documents
):
    path = tmp_path / "long.txt"
    parts = [f"{i} Ünï cödé 😀, 12 words\r\n  here {i}.\n\n" for i in range(40)]
    path.write_bytes("".join(parts).encode())
    options = {"tokenizer": tokenizer, "documents": documents, "length": 8, "vocabulary": 300}
    whole = open_text(path, **options)
    kept = whole.tokenizer
    monkeypatch.setattr(text_files, "CHUNK", 7)
    monkeypatch.setattr(text_parts, "_TEXTS", 3)
    pieces = open_text(path, **{**options, "tokenizer": kept})
    for split in ("train", "test"):
        assert pieces.tokens(split).tolist() == whole.tokens(split).tolist()
    assert pieces.describe() == whole.describe()
    if tokenizer != "subwords":  # whose training sees the pieces
        assert open_text(path, **options).tokenizer == kept


def test_subwords_are_learnt_from_enough(monkeypatch):
    monkeypatch.setattr(texts, "_TO_LEARN_PIECES", 100)
    source = open_text(
        ["aab " * 30, "ccd " * 30, "eef " * 60], tokenizer="subwords", vocabulary=400, length=4
    )
    assert "aab" in "".join(source.tokenizer.pieces[256:])
    assert not any("ee" in piece for piece in source.tokenizer.pieces)


def test_the_vocabulary_is_that_of_the_training_text_or_as_given():
    with_x = [lines_of(50), "y" * 40]
    assert "y" not in open_text(with_x, length=4).tokenizer.characters
    given = Characters.trained([lines_of(9)])
    source = open_text([lines_of(50) + "?" * 3], tokenizer=given, length=4)
    assert source.tokenizer == given and source.unknown["train"] == {"9": 4}
    assert source.unknown["test"] == {"9": 1, "?": 3}
    assert "of the training text are not in the vocabulary" in " ".join(source.notes)


def test_tiny_shakespeare_is_held_out_as_elsewhere():
    """The last tenth, as in nanoGPT, of which TFDS makes a validation and a test split."""
    source = open_text("tiny_shakespeare")
    assert source.describe() == (
        "found: 1,115,394 characters in one stream, 65 different characters, 1,003,854 to train, "
        "111,540 held out"
    )
    whole = np.concatenate([source.stream("train"), source.stream("test")])
    assert source.tokenizer.end not in whole
    assert source.text("test").startswith("?\n\nGREMIO:\nGood morrow")


def test_text_is_the_batches_of_a_source(novel):
    source = open_text(novel, length=8)
    for split in ("train", "test"):
        found = [*text(novel, split, batch_size=4, length=8, seed=2).as_numpy_iterator()]
        for one, other in zip(found, batches(source, split, seed=2), strict=True):
            np.testing.assert_array_equal(one, other)
