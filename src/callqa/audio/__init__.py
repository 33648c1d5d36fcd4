"""Sound files: opening, decoding as streams of float32 samples, measuring, cutting and compression."""

from callqa.audio.cutting import excerpts
from callqa.audio.decoding import RATE, AudioHeader, blocks, clips_of, probe
from callqa.audio.encoding import MEDIA_TYPE, compress
from callqa.audio.levels import CROSSTALK_FINGERPRINT, AudioProfile, ChannelLevel, Layout, LevelMeter
from callqa.audio.opening import content_hash

__all__ = [
    "CROSSTALK_FINGERPRINT",
    "MEDIA_TYPE",
    "RATE",
    "AudioHeader",
    "AudioProfile",
    "ChannelLevel",
    "Layout",
    "LevelMeter",
    "blocks",
    "clips_of",
    "compress",
    "content_hash",
    "excerpts",
    "probe",
]
