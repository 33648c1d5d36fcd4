"""Finding recordings, and what is known about each before it is transcribed. Nothing is decoded here."""

from callqa.recordings.candidates import AUDIO_SUFFIXES
from callqa.recordings.filename_patterns import compile_pattern
from callqa.recordings.finding import FoundRecordings, Naming, Recording, UnusableFile, find_recordings
from callqa.recordings.metadata_csv import load_metadata
from callqa.recordings.paths import escape_unprintable

__all__ = [
    "AUDIO_SUFFIXES",
    "FoundRecordings",
    "Naming",
    "Recording",
    "UnusableFile",
    "compile_pattern",
    "escape_unprintable",
    "find_recordings",
    "load_metadata",
]
