"""Voices made with numpy: a train of pulses through the resonances of a throat. No words, but vowels and pauses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from support.audio_files import Samples, noise, silence

RATE = 16_000
VOWELS = (
    (730, 1090, 2440),
    (530, 1840, 2480),
    (270, 2290, 3010),
    (570, 840, 2410),
    (300, 870, 2240),
    (640, 1190, 2390),
)
"""Hz of the first three formants of six vowels, for a man (Peterson and Barney, 1952)."""


@dataclass(frozen=True)
class MadeVoice:
    """A pitch in Hz, and how much shorter than a man's the throat is."""

    pitch: float
    throat: float = 1.0
    dullness: float = 1.0
    """How fast the pulses lose strength towards high frequencies."""

    def speak(self, seconds: float, seed: int) -> Samples:
        """Syllables of a fifth of a second, as loud as speech: one-dimensional, at RATE."""
        chance = np.random.default_rng(seed)
        sounds = [self._syllable(chance) for _ in range(round(seconds / 0.2))]
        spoken = np.concatenate(sounds)
        return (0.1 * spoken / np.sqrt(np.mean(spoken**2))).astype(np.float32)

    def _syllable(self, chance: np.random.Generator) -> Samples:
        count = RATE // 5
        pitch = self.pitch * np.exp(chance.normal(0, 0.08)) * np.linspace(1.03, 0.97, count)
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        formants = np.array(VOWELS[chance.integers(len(VOWELS))]) * self.throat
        harmonics = np.arange(1, int(3800 / pitch.max()))
        hertz = harmonics * pitch.mean()
        gain = sum(1 / (1 + ((hertz - formant) / (60 + 0.06 * formant)) ** 2) for formant in formants)
        strengths = gain * (1 + hertz / 500) ** -self.dullness
        tone = (strengths[:, np.newaxis] * np.sin(harmonics[:, np.newaxis] * phase)).sum(axis=0)
        return (tone * np.hanning(count) ** 0.3).astype(np.float32)


MAN, WOMAN, BOY = MadeVoice(105, 1.0), MadeVoice(200, 1.17, 1.3), MadeVoice(290, 1.35, 0.7)


def conversation(turns: list[tuple[MadeVoice, float]], pause: float = 0.5) -> tuple[Samples, list[tuple[float, float]]]:
    """The turns one after the other over line noise, and when each begins and ends."""
    parts, times, at = [], [], 0.0
    for seed, (voice, seconds) in enumerate(turns):
        spoken = voice.speak(seconds, seed)
        times.append((at, at + len(spoken) / RATE))
        parts += [spoken, silence(pause)]
        at = times[-1][1] + pause
    samples = np.concatenate(parts)
    return samples + noise(len(samples) / RATE, -60.0), times
