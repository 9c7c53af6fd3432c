"""Canonical text: one form for what people and clouds write in many."""

from __future__ import annotations

import re
from typing import Literal, get_args
from unicodedata import category, normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.text import canonical, is_rendering

# Whatever joins, hides, breaks, composes or has several forms, close together.
ODD = (
    "aA=<→🚀👩🏽❤1#Ωé\u0301\u0338\u0307\u0323\ufe0f\ufe0e\u200d\u200b\u2060 \n\r\t\u3000\u00a0\u2126\u2adc\u2329\u2000"
)
ODDER = "\u1100\u1161\u11a8\u3164\u2800\ud83d\ude00\ufffd?½ﬁ𝐀\u202e\u0085\u2028\ue000\U000e0041\U000e0101"
TEXTS = st.one_of(st.text(st.sampled_from(ODD + ODDER), max_size=15), st.text(max_size=30))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", ""),
        (" \t\n", ""),
        ("one\ntwo", "one two"),
        ("one\r\n\r\ntwo\rthree\x0bfour\x85five\u2028six", "one two three four five six"),
        ("a\u00a0b\u3000c\u2009d\u202fe\u1680f\u2800g", "a b c d e f g"),
        ("  a   b  ", "a b"),
        ("u\u0308ber", "\u00fcber"),
        ("\u212bngstro\u0308m", "\u00c5ngstr\u00f6m"),
        ("a\x00b\x1bc\x7fd\x9fe", "abcde"),
        ("a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg", "abcdefg"),
        ("a\u202eb\u2066c\u200fd\u061ce", "abcde"),
        ("a\ud800b\udfffc", "abc"),
        ("a\ue000b\U000f0000c\U0010ffffd\ufdd0e", "abcde"),
        ("a\u034fb\u3164c\u115fd\uffa0e\u180bf\ufe00g\U000e0100h\U000e0041i", "abcdefghi"),
        ("\u3164\u2800\u200b", ""),
        ("e\u200b\u0301", "\u00e9"),
        ("“smart” – quotes’ … stay", "“smart” – quotes’ … stay"),
        ("½ ﬁ Ａ stay", "½ ﬁ Ａ stay"),
        ("日本語 עברית हिन्दी", "日本語 עברית हिन्दी"),
    ],
)
def test_text_is_one_line_of_what_can_be_seen(text: str, form: str):
    """Composed, blanks squeezed to single spaces, and nothing in it that hides or turns the text around."""
    assert canonical(text) == form


@pytest.mark.parametrize("emoji", ["🚀", "👍🏽", "❤️", "👩‍🚀", "👨‍👩‍👧", "🏳️‍🌈", "1️⃣", "👩🏽‍🤝‍👩🏻", "✔️", "↩️"])
def test_emoji_stay_as_people_see_them(emoji: str):
    """Their joiners and selectors show; the same characters elsewhere hide, and go."""
    assert canonical(f"a {emoji} b") == f"a {emoji} b"
    assert canonical(f"a\u200d{emoji}\u200db\ufe0f\u200d") == f"a{emoji}b"


def test_lines_stay_where_they_are_wanted():
    """A reason may have several; blank ones and blanks at their ends go."""
    assert canonical(" one \r\n\n\u200b\n two\u2028three\x85", lines=True) == "one\ntwo\nthree"


@given(TEXTS, st.booleans())
def test_canonical_text_stays_as_it_is(text: str, lines: bool):
    """A second time changes nothing, so it doesn't matter where it was done before."""
    once = canonical(text, lines=lines)
    assert canonical(once, lines=lines) == once
    assert canonical(canonical(text, lines=True)) == canonical(text)


@given(st.text(st.characters(codec="ascii")), st.booleans())
def test_plain_text_is_no_exception(text: str, lines: bool):
    """What is nothing but ASCII comes to the same as beside a character that takes the long way."""
    assert canonical(text, lines=lines) == canonical(f"\u200b{text}", lines=lines)


@given(TEXTS)
def test_canonical_text_can_be_sent_and_seen(text: str):
    """It is NFC, can be encoded, has no control or private character, and no blank but single spaces within."""
    form = canonical(text)
    assert normalize("NFC", form) == form
    assert form.encode().decode() == form
    assert not {category(c) for c in form.replace("\u200d", "")} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert " ".join(form.split()) == form


@given(TEXTS)
@example("u\u0308")
def test_composed_and_decomposed_text_are_one(text: str):
    """However a keyboard or a file system writes it."""
    assert canonical(normalize("NFD", text)) == canonical(normalize("NFC", text))


Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


@given(
    TEXTS,
    st.sampled_from(get_args(Form)),
    st.sampled_from([r"\g<0>", "", "?", "??", "????", "\ufffd", "\ufffd\ufffd"]),
    st.sampled_from([" ", "\n", "\r\n", "  ", "\u00a0"]),
    st.sampled_from(["", " ", "\n"]),
)
def test_what_a_cloud_makes_of_a_description_is_still_it(text: str, form: Form, lost: str, blank: str, ends: str):
    """Normalized, refolded, padded, or without characters of four bytes, alone or together."""
    filed = canonical(text)
    kept = normalize(form, re.sub("[\U00010000-\U0010ffff]", lost, filed)).replace(" ", blank)
    assert is_rendering(f"{ends}{kept}{ends}", filed)
    assert is_rendering(f"{ends}{kept}{ends}", text), "a row of before this form was kept"


@pytest.mark.parametrize(
    ("shown", "of"),
    [
        ("f&uuml;r &#128640; Ana&#x2019;s", "für 🚀 Ana’s"),
        ("", ""),
        ("\u200b", ""),
        ("?", "👨"),
        ("?‍?‍?", "👨‍👩‍👧"),
        ("???", "👨‍👩‍👧"),
        ("❤", "❤️"),
        ("a b", "a 🚀 b"),
        ("a\nb", "a\r\n b"),
        ("ok?", "ok?"),
    ],
)
def test_renderings(shown: str, of: str):
    """Entities, lost joiners, lost characters."""
    assert is_rendering(shown, of)


@pytest.mark.parametrize(
    ("shown", "of"),
    [
        ("before the migration", "before the Migration"),
        ("before the migration", "before the migration 2"),
        ("", "before"),
        ("before", ""),
        ("beforethe", "before the"),
        ("🚀", "🚒"),
        ("🚀", "?"),
        ("ok??", "ok?"),
        ("ok", "ok?"),
        ("a ?", "a 🚀🚀 b"),
        ("fur", "für"),
        ("f?r", "für"),
    ],
)
def test_another_description_is_no_rendering(shown: str, of: str):
    """Case, accents, words, marks that were typed and emoji that were kept all count."""
    assert not is_rendering(shown, of)
