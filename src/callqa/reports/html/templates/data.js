"use strict";
// The data of the report: an index of all calls, and the details of a call when they are needed.

const index = JSON.parse(document.getElementById("index").textContent);

const STATUS = ["scored", "not scorable", "failed"];
const LETTERS = { p: "pass", f: "fail", n: "na", r: "review" };
const VERDICTS = { pass: "pass", fail: "fail", na: "no occasion", review: "to review" };

const ranks = new Map(index.first.map((number, place) => [number, place]));

const calls = index.calls.map(([agent, id, at, duration, score, status, verdicts, flags], number) => ({
  number, agent, id, at, duration, score, status, verdicts,
  time: at ? Date.parse(at) : NaN,
  provisional: Boolean(flags & 1),
  autoFailed: Boolean(flags & 2),
  rank: ranks.has(number) ? ranks.get(number) : Infinity,
  found: (id + " " + index.agents[agent].name).toLowerCase(),
}));

const chunks = new Map();

/** The details of a call, read together with those of its neighbours. */
async function details(number) {
  const place = Math.floor(number / index.chunk);
  if (!chunks.has(place)) chunks.set(place, readChunk(document.getElementById("chunk-" + place).textContent));
  return (await chunks.get(place))[number % index.chunk];
}

async function readChunk(text) {
  if (!index.packed) return JSON.parse(text);
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser is too old to open the details of a report this large; use Chrome 103, Firefox 113, Safari 16.4 or newer.");
  }
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

/** 01:05, or 1:02:09 for an hour or more, as in the other reports. */
function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60) % 60;
  const two = (number) => String(number).padStart(2, "0");
  return (whole >= 3600 ? Math.floor(whole / 3600) + ":" : "") + two(minutes) + ":" + two(whole % 60);
}

/** A score without decimals that shows 100 and 0 only if it is exactly that. */
function points(score) {
  if (score === null) return "–";
  return String(score > 0 && score < 100 ? Math.min(99, Math.max(1, Math.round(score))) : score);
}

/** The day and minute of the recording, in its own time zone. */
function moment(at) {
  return at ? at.slice(0, 16).replace("T", " ") : "";
}

function plural(count, one, many) {
  return count.toLocaleString("en") + " " + (count === 1 ? one : many || one + "s");
}
