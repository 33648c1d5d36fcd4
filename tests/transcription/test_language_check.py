from __future__ import annotations

import pytest

from callqa.engines.base import Segment
from callqa.language.normalization import NormalizedText
from callqa.transcription.language_check import is_english, other_language

ENGLISH = """Good morning, you are through to Priya. Hi, I ordered a lamp last week and it has come without the cable.
I'm sorry about that, let me have a look. Could I have the number on the slip? Yes, it is four four one seven."""

GERMAN = """Guten Morgen, mein Paket ist seit drei Tagen nicht da, und ich habe schon zweimal angerufen. Das tut mir
leid, ich schaue sofort nach. Können Sie mir bitte Ihre Kundennummer geben? Ja, das ist die vier zwei null."""

SPANISH = """Buenos días, mi paquete no ha llegado y ya he llamado dos veces. Lo siento mucho, ahora mismo lo miro.
¿Me puede dar su número de cliente, por favor? Sí, es el cuatro dos cero. Quiero que me devuelvan el dinero."""

FRENCH = """Bonjour, mon colis n'est pas arrivé et j'ai déjà appelé deux fois. Je suis désolé, je regarde tout de suite.
Pouvez-vous me donner votre numéro de client? Oui, c'est le quatre deux zéro. On va vous envoyer un nouveau demain."""

HINDI = """namaste mera parcel abhi tak nahin aaya hai aur main do baar call kar chuka hoon. sorry sir main check karta
hoon please hold kijiye. aapka order number kya hai. theek hai sir aapko kal tak mil jaayega"""


def said(text: str) -> list[NormalizedText]:
    return [NormalizedText(line) for line in text.split(". ")]


def test_english_in_any_spelling() -> None:
    assert is_english(said(ENGLISH))
    assert is_english(said(ENGLISH.upper()))
    assert is_english(said(ENGLISH.replace(",", "").replace("?", "").lower()))


@pytest.mark.parametrize("text", [GERMAN, SPANISH, FRENCH, HINDI], ids=["de", "es", "fr", "hi"])
def test_other_languages(text: str) -> None:
    assert not is_english(said(text))


def test_too_little_to_decide() -> None:
    assert is_english(said("Vier zwei null."))
    assert is_english([])


def test_the_language_of_most_words() -> None:
    german = [Segment("guten morgen was kann ich tun", language="de"), Segment("hello", language="en")]
    assert other_language(german, "en") == "de"
    assert other_language(german, "de") is None
    assert other_language([Segment("guten morgen")], "en") is None
    assert other_language([], "en") is None
