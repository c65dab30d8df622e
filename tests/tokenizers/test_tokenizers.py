"""What every tokenizer promises, and what each does by hand-made answers."""

import itertools
import json
import re

import keras
import numpy as np
import pytest

from tfgen import kinds
from tfgen.tokenizers import Bytes, Characters, Subwords, class_named, counted, padded

TEXT = "the cat sat on the mat.\n\nThe hat: 12 cats, né?\n" * 3
TRAINED = [Characters.trained([TEXT]), Bytes.trained([TEXT]), Subwords.trained([TEXT], size=275)]
EVERY = pytest.mark.parametrize("tokenizer", TRAINED, ids=lambda each: each.name)


@EVERY
def test_a_text_comes_back(tokenizer):
    tokens = tokenizer.encode(TEXT)
    assert tokens.dtype == np.int32 and tokens.max() < tokenizer.end == tokenizer.size - 1
    assert tokenizer.decode(tokens) == TEXT
    assert tokenizer.decode([*tokens[:5], tokenizer.end, *tokens[5:]]) == tokenizer.decode(
        tokens[:5]
    )
    assert tokenizer.encode("").tolist() == [] and tokenizer.decode([]) == ""


@EVERY
def test_it_is_saved_with_a_model(tokenizer):
    for value in (tokenizer, kinds.Text(tokenizer)):
        config = json.loads(json.dumps(keras.saving.serialize_keras_object(value)))
        again = keras.saving.deserialize_keras_object(config)
        assert again == value and hash(again) == hash(value)
    assert again.texts([tokenizer.encode("the cat")]) == ["the cat"]


@EVERY
def test_its_description_is_plain_json(tokenizer):
    about = json.loads(json.dumps(kinds.Text(tokenizer).about()))
    assert about["kind"] == "text" and about["tokenizer"] == tokenizer.name
    assert about["end"] == len(about["pieces"]) == tokenizer.end
    joined = "".join(about["pieces"][token] for token in tokenizer.encode("né cats"))
    assert joined == (
        "né cats" if tokenizer.name == "characters" else "né cats".encode().decode("l1")
    )


@EVERY
@pytest.mark.parametrize("index", [-1, 10_000])
def test_indices_outside_the_vocabulary_are_refused(tokenizer, index):
    with pytest.raises(ValueError, match=f"index {index}: expected 0 to {tokenizer.end}"):
        tokenizer.decode([0, index])


def test_what_a_vocabulary_lacks_is_named_and_counted():
    tokenizer = Characters("ab")
    with pytest.raises(ValueError, match=r"cannot encode '€' \(2 times\), 'é' \(once\): expected"):
        tokenizer.encode("a€bé€")
    assert tokenizer.known("a€bé€") == ("ab", {"€": 2, "é": 1})
    assert tokenizer.encode("ba").tolist() == [1, 0]


@pytest.mark.parametrize("tokenizer", TRAINED[1:], ids=lambda each: each.name)
def test_half_a_character_is_known_to_no_tokenizer_of_bytes(tokenizer):
    with pytest.raises(ValueError, match=r"cannot encode '\\ud800' \(once\)"):
        tokenizer.encode("a\ud800")
    assert tokenizer.known("a\ud800") == ("a", {"\ud800": 1})


@pytest.mark.parametrize("characters, found", [("", "no characters"), ("aba", "'a' more than")])
def test_a_vocabulary_that_is_none_is_refused(characters, found):
    with pytest.raises(ValueError, match=f"received {found}.*expected each character"):
        Characters(characters)


def test_characters_beyond_the_basic_plane_are_one_token():
    tokenizer = Characters.trained(["a😀"])
    assert tokenizer.encode("😀a").tolist() == [1, 0]


def test_bytes_that_are_no_utf8_become_the_replacement_sign():
    assert Bytes().decode([97, 0xFF, 98]) == "a\ufffdb"
    assert Subwords().decode([0xC3, 97]) == "\ufffda"


def test_subwords_are_joined_in_the_order_of_their_merges():
    """Encoding by the library equals joining by hand, rule by rule, within words."""
    words = re.findall(r" ?[^\W\d]+| ?\d+| ?[^\s\w]+|\s+", TEXT)  # as Python writes it
    assert "".join(words) == TEXT and len(TRAINED[2].merges) == 18
    by_hand = [token for word in words for token in _by_hand(TRAINED[2], word)]
    assert TRAINED[2].encode(TEXT).tolist() == by_hand


def test_merges_that_make_a_piece_twice_have_one_index_for_it():
    a, b, c = map(ord, "abc")
    tokenizer = Subwords(((a, b), (b, c), (256, c), (a, 257)))  # "abc" in two ways
    assert tokenizer.pieces[256:] == ("ab", "bc", "abc")
    assert tokenizer.encode("abcbc").tolist() == [258, 257]


def test_training_twice_gives_the_same_tokenizer():
    assert Subwords.trained([TEXT], size=275) == TRAINED[2]
    assert Subwords.trained(iter(TEXT.splitlines(keepends=True)), size=275).size == 275


@pytest.mark.parametrize("size", [0, 256, 2**17, 300.0, True, "many"])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(ValueError, match="expected an integer from 257"):
        Subwords.trained(["text"], size=size)


def test_merges_of_pieces_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match=r"merge \(300, 5\) when it has 256 pieces"):
        Subwords(((300, 5),))


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="no tokenizer 'words': expected one of characters, bytes"):
        class_named("words")


def test_rows_are_filled_and_their_texts_counted():
    rows = padded([[1, 2], [], [3, 4, 5, 6]], 3, end=9)
    assert rows.tolist() == [[1, 2, 9], [9, 9, 9], [3, 4, 5]]
    assert counted(rows, 9).numpy().tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 1]]


def _by_hand(tokenizer, word):
    """Byte-pair encoding as its paper has it: join the earliest rule's pairs until none is left."""
    tokens = list(word.encode())
    places = {piece: index for index, piece in enumerate(tokenizer.pieces)}
    ranks = {pair: rank for rank, pair in reversed([*enumerate(tokenizer.merges)])}
    while found := [ranks[pair] for pair in itertools.pairwise(tokens) if pair in ranks]:
        pair, joined, place = tokenizer.merges[min(found)], [], 0
        piece = places["".join(tokenizer.pieces[index] for index in pair)]
        while place < len(tokens):
            both = tuple(tokens[place : place + 2]) == pair
            joined.append(piece if both else tokens[place])
            place += 2 if both else 1
        tokens = joined
    return tokens
