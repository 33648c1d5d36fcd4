"""Sound files: opened, measured, decoded as streams of float32 samples, cut, and made small."""

from callqa.audio.cutting import excerpts
from callqa.audio.decoding import RATE, AudioHeader, blocks, clips_of, probe
from callqa.audio.encoding import MEDIA_TYPE, compress
from callqa.audio.levels import CROSSTALK, AudioProfile, ChannelLevel, Layout, Measure
from callqa.audio.opening import content_hash

__all__ = [
    "CROSSTALK",
    "MEDIA_TYPE",
    "RATE",
    "AudioHeader",
    "AudioProfile",
    "ChannelLevel",
    "Layout",
    "Measure",
    "blocks",
    "clips_of",
    "compress",
    "content_hash",
    "excerpts",
    "probe",
]
