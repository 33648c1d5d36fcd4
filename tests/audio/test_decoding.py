from __future__ import annotations

import os
import pickle
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa import audio
from callqa.audio.opening import content_hash
from callqa.core.timeline import Span
from callqa.errors import RecordingError
from support.audio_files import chord, noise, pitches, read, tone, write, write_video
from support.ordinary_user import ordinary_user

FORMATS = [
    # name, codec, rate, channels, codec delay in seconds, options for `write`
    ("u8.wav", "pcm_u8", 8_000, 2, 0, {}),
    ("s16.wav", "pcm_s16le", 16_000, 2, 0, {}),
    ("s16-11.wav", "pcm_s16le", 11_025, 2, 0, {}),
    ("s24.wav", "pcm_s24le", 44_100, 2, 0, {}),
    ("float.wav", "pcm_f32le", 48_000, 2, 0, {}),
    ("mono.wav", "pcm_s16le", 8_000, 1, 0, {}),
    ("mulaw.wav", "pcm_mulaw", 8_000, 2, 0, {}),
    ("alaw.wav", "pcm_alaw", 8_000, 1, 0, {}),
    ("adpcm.wav", "adpcm_ima_wav", 8_000, 2, 0.15, {}),
    ("w.w64", "pcm_s16le", 16_000, 2, 0, {}),
    ("x.mp3", "libmp3lame", 44_100, 2, 0, {}),
    ("phone.mp3", "libmp3lame", 8_000, 1, 0, {}),
    ("bare.mp3", "libmp3lame", 16_000, 2, 0.15, {"container_options": {"write_xing": "0"}}),
    ("x.flac", "flac", 16_000, 2, 0, {}),
    ("opus.ogg", "libopus", 48_000, 2, 0, {}),
    ("vorbis.ogg", "vorbis", 16_000, 2, 0, {"options": {"strict": "-2"}}),
    ("x.opus", "libopus", 16_000, 1, 0, {}),
    ("x.m4a", "aac", 48_000, 2, 0.1, {"container": "ipod"}),
    ("phone.m4a", "aac", 8_000, 1, 0.2, {"container": "ipod"}),
    ("x.webm", "libopus", 48_000, 2, 0, {}),
    ("live.webm", "libopus", 48_000, 2, 0, {"container_options": {"live": "1"}}),
    ("x.mka", "pcm_s16le", 16_000, 2, 0, {"container": "matroska"}),
    ("x.aac", "aac", 16_000, 2, 0.2, {"container": "adts"}),
    ("x.aiff", "pcm_s16be", 16_000, 2, 0, {}),
    ("x.au", "pcm_s16be", 8_000, 2, 0, {}),
    ("x.caf", "pcm_s16le", 16_000, 2, 0, {}),
    ("x.amr", "libopencore_amrnb", 8_000, 1, 0.05, {}),
    ("x.3gp", "libopencore_amrnb", 8_000, 1, 0.05, {}),
]


@pytest.mark.parametrize(("name", "codec", "rate", "channels", "delay", "how"), FORMATS, ids=[f[0] for f in FORMATS])
def test_every_format_keeps_its_length_and_its_channels(
    tmp_path: Path, name: str, codec: str, rate: int, channels: int, delay: float, how: dict[str, object]
) -> None:
    path = write(tmp_path / name, tone(3, *(440, 1000)[:channels], rate=rate), codec=codec, rate=rate, **how)
    decoded = read(path)
    header = audio.probe(path)
    assert decoded.dtype == np.float32
    assert 3 - 0.005 <= decoded.shape[1] / 16_000 <= 3 + delay + 0.005
    assert pitches(decoded) == pytest.approx([440, 1000][:channels], abs=2)
    assert np.sqrt((decoded[:, 16_000:32_000] ** 2).mean()) == pytest.approx(0.3 / 2**0.5, rel=0.2)
    assert (header.channels, header.sample_rate) == (channels, 48_000 if "opus" in codec else rate)
    if name == "live.webm":
        assert header.duration is None
    else:
        assert header.duration == pytest.approx(3, abs=0.3)


def test_the_audio_of_a_video_is_decoded(tmp_path: Path) -> None:
    path = write_video(tmp_path / "meeting.mp4", tone(2, 440, 1000, rate=48_000), seconds=2)
    assert pitches(read(path)) == pytest.approx([440, 1000], abs=2)
    assert audio.probe(path).codec == "aac"


def test_the_header_names_container_and_codec(tmp_path: Path) -> None:
    path = write(tmp_path / "x.mp3", tone(1, 440), codec="libmp3lame")
    assert audio.probe(path) == audio.AudioHeader("mp3", "mp3", 16_000, 1, pytest.approx(1, abs=0.2))


def test_blocks_are_a_second_or_slightly_more(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", tone(4.5, 440, 1000, rate=8_000), rate=8_000, codec="pcm_mulaw")
    lengths = [block.shape for block in audio.blocks(path)]
    assert all(channels == 2 for channels, _ in lengths)
    assert all(16_000 <= samples < 20_000 for _, samples in lengths[:-1])
    assert sum(samples for _, samples in lengths) == 72_000


def test_another_rate_can_be_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", tone(1, 440))
    assert sum(block.shape[1] for block in audio.blocks(path, 8_000)) == 8_000


def test_two_passes_give_the_same_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "x.mp3", tone(2, 440, 1000, rate=44_100), rate=44_100, codec="libmp3lame")
    assert read(path).tobytes() == read(path).tobytes()


def test_more_than_two_channels_are_mixed_into_one(tmp_path: Path) -> None:
    path = write(tmp_path / "x.flac", tone(1, *[440] * 6, rate=48_000), rate=48_000, codec="flac")
    assert pitches(read(path)) == pytest.approx([440], abs=2)
    assert audio.probe(path).channels == 6


@pytest.mark.parametrize("speakers", [0, 0b11, 0b101, 0b1100, 0x600], ids=hex)
def test_two_channels_are_never_mixed_whatever_their_speaker_positions(tmp_path: Path, speakers: int) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(_extensible_wav(tone(1, 440, 1000), speakers))
    assert pitches(read(path)) == pytest.approx([440, 1000], abs=2)


def _extensible_wav(samples: np.ndarray, speakers: int) -> bytes:
    pcm = (samples.T * 32767).astype("<i2").tobytes()
    kind = b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    fields = struct.pack("<HHIIHHHHI", 0xFFFE, 2, 16_000, 64_000, 4, 16, 22, 16, speakers) + kind
    chunks = b"fmt " + struct.pack("<I", len(fields)) + fields + b"data" + struct.pack("<I", len(pcm)) + pcm
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize(("name", "codec"), [("x.webm", "libopus"), ("x.mka", "pcm_s16le"), ("x.m4a", "aac")])
def test_a_pause_left_out_of_the_file_is_restored(tmp_path: Path, name: str, codec: str) -> None:
    container = "ipod" if codec == "aac" else None
    sound = tone(5, 440, 1000, rate=48_000)
    path = write(tmp_path / name, sound, rate=48_000, codec=codec, container=container, drop=(1.5, 3.5))
    decoded = read(path)
    assert decoded.shape[1] / 16_000 == pytest.approx(5, abs=0.03)
    level = np.abs(decoded).reshape(2, -1)[:, : 16_000 * 5 // 1600 * 1600].reshape(2, -1, 1600).max(axis=2)
    assert (level[:, 17:34] < 0.02).all()
    assert (level[:, 36:49] > 0.2).all()


def test_a_second_recording_appended_to_the_first_is_decoded_too(tmp_path: Path) -> None:
    first = write(tmp_path / "a.ogg", tone(2, 440, 1000, rate=48_000), rate=48_000, codec="libopus").read_bytes()
    path = tmp_path / "both.ogg"
    path.write_bytes(first + first)
    assert read(path).shape == (2, 4 * 16_000)


def test_a_recording_keeps_the_channels_it_begins_with(tmp_path: Path) -> None:
    mono = write(tmp_path / "a.mp3", tone(1, 440), codec="libmp3lame").read_bytes()
    stereo = write(tmp_path / "b.mp3", tone(1, 440, 440, rate=44_100), rate=44_100, codec="libmp3lame").read_bytes()
    for name, parts, channels in (("ms.mp3", mono + stereo, 1), ("sm.mp3", stereo + mono, 2)):
        (tmp_path / name).write_bytes(parts)
        decoded = read(tmp_path / name)
        assert len(decoded) == channels
        assert decoded.shape[1] / 16_000 == pytest.approx(2, abs=0.25)


def test_one_glitch_is_tolerated(tmp_path: Path) -> None:
    path = write(tmp_path / "x.flac", tone(10, 440, 1000), codec="flac")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    path.write_bytes(data)
    assert read(path).shape[1] / 16_000 == pytest.approx(10, abs=0.5)


# Clips


def test_clips_are_cut_to_the_sample_in_the_order_they_begin(tmp_path: Path) -> None:
    sound = np.stack([noise(6, -20, seed=1), noise(6, -20, seed=2)])
    path = write(tmp_path / "x.wav", sound, codec="pcm_f32le")
    spans = {1: [Span(0.5, 5.0), Span(5.25, 5.5)], 0: [Span(0.5, 1.0), Span(2.0001, 3.4)]}
    clips = list(audio.clips_of(path, spans))
    assert [(channel, span) for channel, span, _ in clips] == [
        (0, Span(0.5, 1.0)),
        (1, Span(0.5, 5.0)),
        (0, Span(2.0001, 3.4)),
        (1, Span(5.25, 5.5)),
    ]
    for channel, span, samples in clips:
        wanted = sound[channel, round(span.start * 16_000) : round(span.end * 16_000)]
        np.testing.assert_array_equal(samples, wanted)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 60_000), st.integers(0, 60_000)), max_size=12))
def test_any_spans_are_cut_as_they_would_be_from_the_whole(cuts: list[tuple[int, int, int]]) -> None:
    sound = np.stack([noise(3, -20, seed=1), noise(3, -20, seed=2)])
    spans: dict[int, list[Span]] = {}
    for channel, start, length in cuts:
        spans.setdefault(channel, []).append(Span(start / 16_000, (start + length) / 16_000))
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "x.wav", sound, codec="pcm_f32le")
        clips = list(audio.clips_of(path, spans))
    assert len(clips) == len(cuts)
    assert [(span.start, channel) for channel, span, _ in clips] == sorted((s / 16_000, c) for c, s, _ in cuts)
    for channel, span, samples in clips:
        wanted = sound[channel, round(span.start * 16_000) : round(span.end * 16_000)]
        np.testing.assert_array_equal(samples, wanted)


def test_no_spans_need_no_decoding(tmp_path: Path) -> None:
    assert list(audio.clips_of(tmp_path / "missing.wav", {0: []})) == []


# Files that cannot be decoded


def _refused(path: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        read(path)
    message = str(caught.value)
    assert path.name not in message
    assert "\n" not in message
    assert pickle.loads(pickle.dumps(caught.value)).args == caught.value.args
    return message


CUT_OFF = [
    ("x.wav", "pcm_s16le", {}),
    ("u.wav", "pcm_mulaw", {"rate": 8_000}),
    ("x.mp3", "libmp3lame", {}),
    ("vbr.mp3", "libmp3lame", {"options": {"flags": "+qscale", "global_quality": "500"}}),
    ("x.flac", "flac", {}),
    ("x.ogg", "libopus", {"rate": 48_000}),
    ("x.webm", "libopus", {"rate": 48_000}),
    ("x.mka", "pcm_s16le", {}),
    ("fast.m4a", "aac", {"container": "ipod", "container_options": {"movflags": "faststart"}}),
    ("x.m4a", "aac", {"container": "ipod"}),
    ("x.aiff", "pcm_s16be", {}),
    ("x.au", "pcm_s16be", {}),
    ("x.caf", "pcm_s16le", {}),
]


@pytest.mark.parametrize("seconds", [2, 20])
@pytest.mark.parametrize(("name", "codec", "how"), CUT_OFF, ids=[case[0] for case in CUT_OFF])
def test_a_recording_that_was_cut_off_is_refused(
    tmp_path: Path, name: str, codec: str, how: dict[str, object], seconds: int
) -> None:
    rate = how.get("rate", 16_000)
    path = write(tmp_path / name, tone(seconds, 440, 1000, rate=rate), codec=codec, **how)
    read(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 55 // 100])
    message = _refused(path)
    assert message.startswith("is cut off")
    assert message.endswith("copy it again from the recorder")
    if name not in ("x.ogg", "x.m4a"):
        assert f" of {seconds}." in message


def test_an_mp3_without_a_frame_count_is_decoded_to_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "x.mp3", tone(4, 440), codec="libmp3lame", container_options={"write_xing": "0"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert read(path).shape[1] / 16_000 == pytest.approx(2, abs=0.2)


def test_an_id3_tag_does_not_hide_the_length(tmp_path: Path) -> None:
    path = write(tmp_path / "x.mp3", tone(4, 440), codec="libmp3lame", container_options={"id3v2_version": "0"})
    tag = b"ID3\x04\0\0" + bytes([0, 0, 0x20, 0]) + bytes(0x20 << 7)
    data = tag + path.read_bytes()
    path.write_bytes(data)
    assert read(path).shape[1] / 16_000 == pytest.approx(4, abs=0.01)
    path.write_bytes(data[: len(tag) + (len(data) - len(tag)) // 2])
    assert "seconds are present" in _refused(path)


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_F000])
def test_a_streamed_wav_may_leave_its_length_open(tmp_path: Path, size: int) -> None:
    path = write(tmp_path / "x.wav", tone(2, 440))
    data = path.read_bytes()
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + struct.pack("<I", size) + data[at + 4 :])
    assert read(path).shape == (1, 32_000)


def test_a_wav_may_contain_other_chunks(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", tone(2, 440))
    data = path.read_bytes()
    path.write_bytes(data[:12] + b"junk\x03\0\0\0abc\0" + data[12:] + b"LIST\x04\0\0\0INFO")
    assert read(path).shape == (1, 32_000)


NOT_AUDIO = {
    "text": b"Dear all, this is a letter and no sound.\n" * 100,
    "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nother.mp3\n",
    "list of files": b"ffconcat version 1.0\nfile other.mp3\n",
    "zeros": bytes(100_000),
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "half a header": b"RIFF\x24\0\0\0WAVEfmt \x10\0\0",
    "web page": b"<!DOCTYPE html><html><body>Not logged in</body></html>" * 10,
}


@pytest.mark.parametrize("kind", NOT_AUDIO)
@pytest.mark.parametrize("suffix", [".wav", ".mp3"])
def test_a_file_that_is_not_audio_is_refused(tmp_path: Path, kind: str, suffix: str) -> None:
    write(tmp_path / "other.mp3", tone(1, 440), codec="libmp3lame")
    path = tmp_path / f"call{suffix}"
    path.write_bytes(NOT_AUDIO[kind])
    assert "audio" in _refused(path)
    with pytest.raises(RecordingError):
        audio.probe(path)


def test_a_header_without_audio_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", tone(1, 440))
    data = path.read_bytes()
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + bytes(4))
    assert _refused(path).startswith("has no audio in it")
    path.write_bytes(data[: at + 4])
    assert _refused(path).startswith("is cut off: 0.0 of 1.0 seconds")


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "x.mp4", np.zeros((2, 0), np.float32))
    assert _refused(path).startswith("has no audio in it")


def test_far_too_many_channels_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.au", tone(1, 440, rate=8_000), rate=8_000, codec="pcm_s16be")
    data = path.read_bytes()
    path.write_bytes(data[:20] + struct.pack(">I", 25) + data[24:])
    assert _refused(path).startswith("has 25 channels")


def test_samples_are_finite_and_within_range(tmp_path: Path) -> None:
    sound = tone(1, 440)
    sound[0, 100], sound[0, 5_000], sound[0, 9_000] = np.nan, np.inf, -1e30
    decoded = read(write(tmp_path / "x.wav", sound, codec="pcm_f32le"))
    assert list(decoded[0, [100, 5_000, 9_000]]) == [0, 1, -1]
    assert np.abs(decoded).max() == 1


@pytest.mark.parametrize("rate", [1, 1_999, 2_000_000_000])
def test_absurd_sample_rates_are_refused(tmp_path: Path, rate: int) -> None:
    path = write(tmp_path / "x.wav", tone(1, 440))
    data = path.read_bytes()
    path.write_bytes(data[:24] + struct.pack("<I", rate) + data[28:])
    assert f"{rate} samples a second" in _refused(path)


def test_a_damaged_recording_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.flac", np.stack([noise(20, -20, 1), noise(20, -20, 2)]), codec="flac")
    data = bytearray(path.read_bytes())
    for at in range(9_000, len(data), 9_000):
        data[at : at + 200] = bytes(200)
    path.write_bytes(data)
    assert "is damaged" in _refused(path) or "cut off" in _refused(path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").touch()
    assert _refused(tmp_path / "x.wav").startswith("is empty (0 bytes)")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert _refused(tmp_path / "x.wav").startswith("does not exist")


def test_a_broken_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").symlink_to(tmp_path / "gone.wav")
    assert "link to a file that does not exist" in _refused(tmp_path / "x.wav")


def test_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").mkdir()
    os.mkfifo(tmp_path / "y.wav")
    assert _refused(tmp_path / "x.wav").startswith("is a folder")
    assert _refused(tmp_path / "y.wav").startswith("is a device or pipe")


def test_a_file_without_read_permission_is_refused() -> None:
    with ordinary_user() as folder:
        path = write(folder / "x.wav", tone(1, 440))
        path.chmod(0)
        assert _refused(path).startswith("cannot be read: permission denied")


def test_any_file_name_can_be_opened(tmp_path: Path) -> None:
    made = write(tmp_path / "made.wav", tone(1, 440))
    for name in (b"concat:a|b.wav", b"call %03d.wav", b"\xff\xfe.wav", "ünï\ncode.wav".encode()):
        path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
        path.write_bytes(made.read_bytes())
        assert read(path).shape == (1, 16_000)


def test_ffmpeg_prints_nothing_about_bad_files(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.mp3", tone(5, 440), codec="libmp3lame")
    data = path.read_bytes()
    path.write_bytes(data[:2000] + bytes(900) + data[4000:12_000])
    _refused(path)
    assert capfd.readouterr() == ("", "")


def test_the_file_is_closed_when_reading_stops_early(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", chord(5, 440))
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    decoded = audio.blocks(path)
    next(decoded)
    decoded.close()
    after = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    assert before == after


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"abc")
    assert content_hash(tmp_path / "a.wav") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(RecordingError, match="does not exist"):
        content_hash(tmp_path / "b.wav")
