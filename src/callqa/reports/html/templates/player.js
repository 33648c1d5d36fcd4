// Plays moments of calls. One call is loaded at a time; a moment is a stretch of seconds of the recording.

const LEAD_IN = 1.0;
const LEAD_OUT = 1.0;
const UNKNOWN_LENGTH = 4;

const player = { audio: null, call: null, parts: [], stop: null, button: null, watch: null };

/** The part of a call's sound that contains a second; undefined if it is not in the report. */
function partAt(sound, second) {
  return sound.parts.find(([start, end]) => second >= start - 0.05 && second < end);
}

/** A button that plays a moment; null if the report does not contain it. */
function playButton(number, detail, start, end, label) {
  if (start === null || !partAt(detail.sound, Math.max(0, start))) return null;
  const button = el("button", { type: "button", class: "play", "aria-pressed": "false", "data-at": start });
  face(button, false);
  button.append(el("span", {}, clock(start)), el("span", { class: "unseen" }, label || ""));
  button.addEventListener("click", () => play(number, detail, start, end, button));
  return button;
}

function face(button, playing) {
  const shown = button.querySelector("svg");
  const wanted = svg("svg", { "aria-hidden": "true", focusable: "false" }, svg("use", { href: playing ? "#s-pause" : "#s-play" }));
  if (shown) shown.replaceWith(wanted);
  else if (!button.classList.contains("marker")) button.prepend(wanted, el("span", { class: "unseen" }, "Play "));
  button.setAttribute("aria-pressed", String(playing));
}

/** Play from a little before `start` to a little after `end`, in seconds of the recording; again on the same button stops. */
function play(number, detail, start, end, button) {
  if (player.button === button && player.audio && !player.audio.paused) return pause();
  pause();
  const part = partAt(detail.sound, Math.max(0, start));
  if (!part) return undefined;
  load(number, detail.sound);
  const [first, last, at] = part;
  const from = at + Math.max(first, start - LEAD_IN) - first;
  player.stop = at + Math.min(last, (end === null ? start + UNKNOWN_LENGTH : end) + LEAD_OUT) - first;
  player.button = button;
  const begin = () => {
    player.audio.currentTime = from;
    player.audio.play().catch(() => pause());
  };
  if (player.audio.readyState >= 1) begin();
  else player.audio.addEventListener("loadedmetadata", begin, { once: true });
  face(button, true);
  return undefined;
}

function pause() {
  if (player.audio) player.audio.pause();
  if (player.button) face(player.button, false);
  player.button = player.stop = null;
}

/** Load the sound of a call. */
function load(number, sound) {
  if (player.call === number && player.audio) return player.audio;
  unload();
  const data = document.getElementById("sound-" + number);
  player.audio = new Audio();
  player.audio.id = "audio";
  player.audio.preload = "auto";
  player.audio.src = data ? "data:" + index.mediaType + ";base64," + data.textContent : sound.link;
  player.call = number;
  player.parts = sound.parts;
  player.audio.addEventListener("play", follow);
  player.audio.addEventListener("pause", () => player.button && face(player.button, false));
  player.audio.addEventListener("error", () => {
    say("The recording could not be played.");
    pause();
  });
  return player.audio;
}

function unload() {
  pause();
  if (player.audio) player.audio.remove();
  player.audio = player.call = null;
}

/** During playback: move the line in the timeline, and stop at the end of the moment. */
function follow() {
  if (!player.audio || player.audio.paused) return;
  const now = player.audio.currentTime;
  const part = player.parts.find(([first, last, at]) => now >= at && now <= at + last - first);
  if (player.watch && part) player.watch(part[0] + now - part[2]);
  if (player.stop !== null && now >= player.stop) pause();
  else requestAnimationFrame(follow);
}
