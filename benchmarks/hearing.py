"""The cost of recognition errors: every behavior on its own examples, as more and more words are wrong. In Markdown.

    python benchmarks/hearing.py                # errors made up, at word error rates from 0 to 40 %
    python benchmarks/hearing.py --words        # and which single wrong words lose a line
    python benchmarks/hearing.py --speak 10     # ten lines of each behavior spoken by flite, heard by pocketsphinx
    python benchmarks/hearing.py --demo         # the sample calls as recognised by pocketsphinx, next to their scripts

The examples are the lines the behaviors were made to find, so at 0 % all is found; what counts is how it falls. Made-up
errors are 60 % words that sound alike, 25 % left out and 15 % put in, as telephone recognisers make them, evenly over
the words; which ones is drawn by a seeded generator. `--speak` needs the program flite.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pocketsphinx
import yaml
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from callqa.behaviors.behavior import Behavior, in_role
from callqa.behaviors.behavior_schema import Example, PartyOrAny
from callqa.behaviors.classifier.corpus import read_kinds, read_lines
from callqa.behaviors.detection import detect
from callqa.demo_calls import demo_folder
from callqa.engines.pocketsphinx_engine import PocketsphinxEngine
from callqa.rubrics.behavior_loader import load_behaviors
from callqa.rubrics.folders import training_folder
from callqa.settings import EngineSettings
from callqa.transcription.transcriber import transcribe_recording
from callqa.transcripts.transcript import Speaker, Utterance

RATES = (0.0, 0.1, 0.2, 0.3, 0.4)
TURNS = 5
"""Times each line is spoilt at each rate."""
ALIKE = 5
"""Number of similar-sounding words that a word may be mistaken for."""
SUBSTITUTED, DELETED = 0.6, 0.85
"""Of the errors, up to where they are of a kind; the rest are words put in."""
PUT_IN = ("a", "the", "and", "to", "i", "you", "it", "of", "in", "that")
SCRIPTS = Path(__file__).parents[1] / "tools" / "demo_calls.yaml"


@dataclass(frozen=True)
class Sample:
    """A line that shows a behavior, with the line before it where it matters."""

    behavior: str
    speaker: Speaker
    text: str
    example: Example
    party: PartyOrAny


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", action="store_true", help="which single wrong words lose a line")
    parser.add_argument("--speak", type=int, metavar="N", help="speak N lines of each behavior and hear them")
    parser.add_argument("--demo", action="store_true", help="hear the sample calls and compare with their scripts")
    arguments = parser.parse_args()
    behaviors, _ = load_behaviors()
    samples = list(samples_of(behaviors))
    if arguments.speak:
        spoken(samples, behaviors, arguments.speak)
    elif arguments.demo:
        demo(behaviors)
    else:
        alike = sound_alikes({word for one in samples for word in words(one.text)} | vocabulary())
        made_up(samples, behaviors, alike)
        if arguments.words:
            single_words(samples, behaviors, alike)


def samples_of(behaviors: Mapping[str, Behavior]) -> Iterator[Sample]:
    """The examples that are found on their true text."""
    for behavior in behaviors.values():
        speaker: Speaker = "customer" if behavior.speaker == "customer" else "agent"
        for example in behavior.examples.found:
            sample = Sample(behavior.name, speaker, " ".join(words(example.say)), example, behavior.speaker)
            if not example.todo and found(sample, sample.text, behaviors) == "sure":
                yield sample


def ordinary_lines(speaker: str) -> list[str]:
    """Return the ordinary lines of a speaker, one for each that is written."""
    folder = training_folder()
    kinds = read_kinds(folder / "words.txt")
    lines = read_lines(folder / "lines" / speaker / "ordinary.txt", kinds)
    return list({line.source: line.text for line in lines}.values())


def vocabulary() -> set[str]:
    """The words of ordinary talk."""
    return {word for speaker in ("agent", "customer") for text in ordinary_lines(speaker) for word in words(text)}


def words(text: str) -> list[str]:
    """The words as a recogniser writes them."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower().replace("’", "'"))


def found(sample: Sample, text: str, behaviors: Mapping[str, Behavior]) -> str:
    """Return how a line shows its behavior: `sure`, `doubtful`, or an empty text."""
    lines, judged = sample.example.model_copy(update={"say": text}).call(sample.party)
    behavior = behaviors[sample.behavior]
    hits = [
        hit for hit in detect(lines, {behavior.name: behavior}) if hit.utterance == judged and in_role(hit, behavior)
    ]
    return "sure" if any(hit.sure for hit in hits) else "doubtful" if hits else ""


def sound_alikes(vocabulary: set[str]) -> dict[str, list[str]]:
    """For each word, the words whose sounds differ least, from pocketsphinx's dictionary."""
    letters: dict[str, str] = {}
    sounds: dict[str, str] = {}
    dictionary = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
    for row in dictionary.read_text(encoding="utf-8").splitlines():
        word, _, phones = row.partition(" ")
        if word in vocabulary:
            sounds[word] = "".join(letters.setdefault(phone, chr(65 + len(letters))) for phone in phones.split())
    known = sorted(sounds)
    near = {}
    for word in known:
        matches = process.extract(
            sounds[word], [sounds[w] for w in known], scorer=Levenshtein.normalized_similarity, limit=ALIKE + 3
        )
        near[word] = [known[i] for _, _, i in matches if known[i] != word][:ALIKE]
    return near


def spoil(text: str, rate: float, alike: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    """Return a line with this share of its words misrecognised."""
    heard: list[str] = []
    for word in text.split():
        kind = chance.random() if chance.random() < rate else None
        if kind is None:
            heard.append(word)
        elif kind < SUBSTITUTED:
            heard.append(chance.choice(alike.get(word) or PUT_IN))
        elif kind >= DELETED:
            heard += [word, chance.choice(PUT_IN)]
    return " ".join(heard)


def made_up(samples: Sequence[Sample], behaviors: Mapping[str, Behavior], alike: Mapping[str, Sequence[str]]) -> None:
    """Print what is found at each rate, and what is found in ordinary lines that does not belong there."""
    heads = " | ".join(f"{rate:.0%}" for rate in RATES)
    print("Of the lines that show it, found for sure (and doubtfully), in percent, by word error rate\n")
    print(f"| behavior | lines | {heads} |\n|---|---|{'---|' * len(RATES)}")
    for name in behaviors:
        own = [sample for sample in samples if sample.behavior == name]
        cells = []
        for rate in RATES:
            chance = random.Random(f"{name} {rate}")
            heard = Counter(
                found(one, spoil(one.text, rate, alike, chance), behaviors) for one in own for _ in range(TURNS)
            )
            doubtful = round(100 * heard["doubtful"] / heard.total())
            cells.append(f"{100 * heard['sure'] / heard.total():.0f}" + (f" (+{doubtful})" if doubtful else ""))
        print(f"| {name} | {len(own)} | {' | '.join(cells)} |")
    print("\nOrdinary lines in which it is found for sure, of a thousand, by word error rate\n")
    print(f"| behavior | {heads} |\n|---|{'---|' * len(RATES)}")
    counts: dict[str, dict[float, float]] = defaultdict(dict)
    for speaker in ("agent", "customer"):
        own_ones = {name: one for name, one in behaviors.items() if one.speaker == speaker}
        texts = ordinary_lines(speaker)
        for rate in RATES:
            chance = random.Random(f"ordinary {speaker} {rate}")
            lines = [Utterance(speaker, spoil(" ".join(words(text)), rate, alike, chance)) for text in texts]
            hits = {(hit.behavior, i) for i, line in enumerate(lines) for hit in detect([line], own_ones) if hit.sure}
            for name in own_ones:
                counts[name][rate] = 1000 * sum(behavior == name for behavior, _ in hits) / len(texts)
    for name in behaviors:
        print(f"| {name} | {' | '.join(f'{counts[name][rate]:.0f}' for rate in RATES)} |")


def single_words(
    samples: Sequence[Sample], behaviors: Mapping[str, Behavior], alike: Mapping[str, Sequence[str]]
) -> None:
    """Print how often one wrong word loses a line, and the words that lose most."""
    print("\nLines lost when a single word is left out, or heard as the word most like it\n")
    print("| behavior | left out | misheard | words that lose most lines (lost / lines with it) |\n|---|---|---|---|")
    for name in behaviors:
        lost: Counter[str] = Counter()
        seen: Counter[str] = Counter()
        shares = []
        for instead in (lambda word: [], lambda word: alike.get(word, [])[:1]):
            gone = tried = 0
            for one in (sample for sample in samples if sample.behavior == name):
                said = one.text.split()
                for place, word in enumerate(said):
                    text = " ".join([*said[:place], *instead(word), *said[place + 1 :]])
                    miss = text != one.text and not found(one, text, behaviors)
                    tried, gone = tried + 1, gone + miss
                    seen[word] += 1
                    lost[word] += miss
            shares.append(f"{gone / max(1, tried):.0%}")
        worst = [f"{word} {count}/{seen[word]}" for word, count in lost.most_common(8)]
        print(f"| {name} | {shares[0]} | {shares[1]} | {', '.join(worst)} |")


def spoken(samples: Sequence[Sample], behaviors: Mapping[str, Behavior], most: int) -> None:
    """Print what is found in lines that flite spoke and pocketsphinx heard, with the word error rate."""
    engine = PocketsphinxEngine(EngineSettings("pocketsphinx"))
    engine.prepare()
    print("| behavior | lines | word error rate | sure | doubtful | lost, as heard |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in behaviors:
            own = [sample for sample in samples if sample.behavior == name]
            own = random.Random(name).sample(own, min(most, len(own)))
            heard = [hear(one.text, Path(folder) / "line.wav", engine) for one in own]
            verdicts = Counter(found(one, text, behaviors) for one, text in zip(own, heard, strict=True))
            wrong = sum(
                Levenshtein.distance(one.text.split(), text.split()) for one, text in zip(own, heard, strict=True)
            )
            lost = [
                f"{one.text} → {text}" for one, text in zip(own, heard, strict=True) if not found(one, text, behaviors)
            ]
            rate = wrong / sum(len(one.text.split()) for one in own)
            sure, doubtful = verdicts["sure"], verdicts["doubtful"]
            print(f"| {name} | {len(own)} | {rate:.0%} | {sure} | {doubtful} | {'; '.join(lost)} |", flush=True)


def hear(text: str, path: Path, engine: PocketsphinxEngine) -> str:
    """Return the words pocketsphinx recognises in a line spoken by flite."""
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True)
    return " ".join(segment.text for segment in transcribe_recording(path, engine).segments)


def demo(behaviors: Mapping[str, Behavior]) -> None:
    """Print, for each behavior, the sample calls that show it by their script and by the recognised words."""
    engine = PocketsphinxEngine(EngineSettings("pocketsphinx"))
    engine.prepare()
    told: dict[str, set[str]] = defaultdict(set)
    heard: dict[str, set[str]] = defaultdict(set)
    for call in yaml.safe_load(SCRIPTS.read_text(encoding="utf-8"))["calls"]:
        if call.get("channels") == "mono" or call.get("transcript"):
            continue
        agent = 1 if call.get("channels") == "agent-right" else 0
        script = [
            Utterance("agent" if "agent" in turn else "customer", turn.get("agent") or turn["customer"])
            for turn in call["turns"]
        ]
        found = transcribe_recording(demo_folder() / call["file"], engine)
        segments = sorted(found.segments, key=lambda one: one.start or 0.0)
        lines = [Utterance("agent" if one.channel == agent else "customer", one.text) for one in segments]
        for utterances, shown in ((script, told), (lines, heard)):
            for hit in detect(utterances, behaviors):
                if hit.sure and in_role(hit, behaviors[hit.behavior]):
                    shown[hit.behavior].add(call["file"])
    print("| behavior | calls by the script | of these heard | heard besides | lost in |\n|---|---|---|---|---|")
    for name in behaviors:
        lost = ", ".join(sorted(told[name] - heard[name]))
        both, besides = len(told[name] & heard[name]), len(heard[name] - told[name])
        print(f"| {name} | {len(told[name])} | {both} | {besides} | {lost} |")


if __name__ == "__main__":
    main()
