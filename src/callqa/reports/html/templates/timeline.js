// The timeline of a call, to scale: who speaks when, silence, overtalk, and the evidence of each criterion.

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];
const EVENTS = { dead_air: "dead air", overtalk: "both speak", hold: "on hold" };

/** The timeline with its markers; null for a call without times. `mark(criterion, place)` is called on a click. */
function timeline(call, detail, mark) {
  const spans = speechSpans(detail);
  const length = lengthOf(call, detail, spans);
  if (!length || (!spans.agent.length && !spans.customer.length && !spans.unknown.length)) return null;
  const head = el("div", { class: "head", hidden: true });
  const lane = (name, ...content) => el("div", { class: "lane" }, el("div", { class: "who" }, name), el("div", { class: "track" }, content));
  const lanes = [lane("", ticks(length))];
  lanes[0].classList.add("axis");
  if (spans.agent.length) lanes.push(lane("Agent", drawn(length, [["agent", spans.agent]])));
  if (spans.customer.length) lanes.push(lane("Customer", drawn(length, [["customer", spans.customer]])));
  if (spans.unknown.length) lanes.push(lane("Someone", drawn(length, [["dead_air", spans.unknown]])));
  const events = ["dead_air", "hold", "overtalk"].map((kind) => [kind, detail.events.filter((event) => event[0] === kind).map((event) => event.slice(1))]);
  if (events.some(([, some]) => some.length)) lanes.push(lane("Silence, both at once", drawn(length, events)));
  for (const judged of detail.criteria) {
    const markers = judged.evidence.map((evidence, place) => marker(judged, evidence, place, length, mark)).filter(Boolean);
    if (markers.length) lanes.push(lane([symbol(judged.verdict), index.criteria[judged.of].label], markers));
  }
  const place = el("div", { class: "timeline", role: "group", "aria-label": "Timeline, " + clock(length) + " long" }, lanes);
  for (const one of place.querySelectorAll(".track")) one.append(head.cloneNode());
  return {
    node: el("div", {}, place, keys(spans, events)),
    at(seconds) {
      for (const one of place.querySelectorAll(".head")) {
        one.hidden = seconds === null;
        if (seconds !== null) one.style.left = (100 * Math.min(seconds, length)) / length + "%";
      }
    },
  };
}

/** When each party speaks: from the sound if it was measured, otherwise from the lines of the transcript. */
function speechSpans(detail) {
  const speech = detail.speech;
  if (speech && (speech.agent.length || speech.customer.length)) return { ...speech, unknown: [], measured: true };
  const of = (letter) => detail.lines.filter((line) => line[0] === letter && line[1] !== null && line[2] !== null).map((line) => [line[1], line[2]]);
  return { agent: of("a"), customer: of("c"), unknown: of("u"), measured: false, sure: detail.lines.every((line) => line[5]) };
}

function lengthOf(call, detail, spans) {
  const ends = [...spans.agent, ...spans.customer, ...spans.unknown].map((span) => span[1]);
  return call.duration || (detail.speech && detail.speech.duration) || ends.reduce((a, b) => Math.max(a, b), 0);
}

function drawn(length, kinds) {
  const picture = svg("svg", { class: "drawn", viewBox: "0 0 1000 20", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" });
  for (const [kind, spans] of kinds) {
    for (const [start, end] of spans) {
      const width = Math.max(1.2, (1000 * (end - start)) / length);
      picture.append(svg("rect", { class: kind, x: (1000 * start) / length, y: 5, width, height: 10 }));
    }
  }
  return picture;
}

function ticks(length) {
  const step = STEPS.find((one) => length / one <= 6) || 3600 * Math.ceil(length / 21600);
  const found = [];
  for (let at = 0; at <= length * 0.94; at += step) {
    const tick = el("span", { class: "tick" }, clock(at));
    tick.style.left = (100 * at) / length + "%";
    found.push(tick);
  }
  return found;
}

function marker(judged, evidence, place, length, mark) {
  if (evidence.start === null || evidence.start > length) return null;
  const shape = evidence.part === "answer" ? (judged.verdict === "na" ? "na" : judged.verdict) : evidence.part;
  const name = index.criteria[judged.of].label + ", " + PARTS[partOf(judged, evidence)].toLowerCase() + ", " + clock(evidence.start) + ": “" + evidence.quote + "”";
  const button = el("button", { type: "button", class: "marker", "data-mark": judged.of + "." + place, "aria-label": name, title: name, onclick: () => mark(judged, place) }, symbol(shape));
  button.style.left = (100 * Math.max(0, evidence.start)) / length + "%";
  return button;
}

/** Seconds rounded for reading: 47, 1.2. */
function tenths(seconds) {
  return seconds < 10 ? Math.round(10 * seconds) / 10 : Math.round(seconds);
}

/** The key of the drawing, and the events in words. */
function keys(spans, events) {
  const key = (kind, words) => el("span", {}, el("span", { class: "block " + kind }), words);
  const words = ([start, end, , owed]) => "at " + clock(start) + " for " + tenths(end - start) + " s" + (owed ? " (the " + owed + "’s turn)" : "");
  const found = [];
  if (!spans.measured) found.push(el("span", {}, "Drawn from the lines of the transcript" + (spans.sure ? "" : "; who speaks is a guess") + "."));
  for (const [kind, some] of events) {
    if (some.length) found.push(key(kind, EVENTS[kind] + " " + some.map(words).join(", ")));
  }
  return el("p", { class: "keys" }, found);
}
