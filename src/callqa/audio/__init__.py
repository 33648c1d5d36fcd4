"""Sound files: opened, measured, and decoded as streams of float32 samples."""

from callqa.audio.decoding import RATE, AudioHeader, blocks, clips_of, probe
from callqa.audio.levels import AudioProfile, ChannelLevel, Layout, Measure
from callqa.audio.opening import content_hash

__all__ = [
    "RATE",
    "AudioHeader",
    "AudioProfile",
    "ChannelLevel",
    "Layout",
    "Measure",
    "blocks",
    "clips_of",
    "content_hash",
    "probe",
]
