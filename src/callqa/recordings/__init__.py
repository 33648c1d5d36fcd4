"""Which recordings there are, and what is known of each before it is heard. Nothing is decoded here."""

from callqa.recordings.candidates import AUDIO_SUFFIXES
from callqa.recordings.filename_patterns import compile_pattern
from callqa.recordings.finding import FoundRecordings, Naming, Recording, UnusableFile, find_recordings
from callqa.recordings.metadata_csv import load_metadata
from callqa.recordings.paths import shown

__all__ = [
    "AUDIO_SUFFIXES",
    "FoundRecordings",
    "Naming",
    "Recording",
    "UnusableFile",
    "compile_pattern",
    "find_recordings",
    "load_metadata",
    "shown",
]
