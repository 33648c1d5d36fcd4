// The page of a call: the timeline, the verdicts with their evidence, and the transcript.

const MOST_TRIGGERS = 2;
const PARTS = { trigger: "Called for it", answer: "Found", nearest: "Nearest miss", measured: "Measured" };

function partOf(judged, evidence) {
  return evidence.measured ? "measured" : evidence.part;
}

function callPage(call, detail) {
  const agent = index.agents[call.agent].name;
  const lines = transcript(call, detail);
  const drawing = timeline(call, detail, (judged, place) => openMark(call, detail, judged, place));
  player.watch = drawing ? drawing.at : null;
  const facts = [moment(call.at), call.duration ? clock(call.duration) : "", detail.by && "transcribed by " + detail.by].filter(Boolean).join(" · ");
  return [
    el("p", { class: "back" }, el("a", { href: "#calls" }, "Back to the calls")),
    el("h1", { tabindex: "-1", class: "clip" }, bdi(call.id || "Call " + (call.number + 1))),
    el("p", { class: "meta-line" }, el("a", { href: "#agent-" + call.agent }, bdi(agent)), facts ? " · " + facts : ""),
    el("p", { class: "small" }, bdi(detail.path)),
    call.status ? el("div", { class: "notice", role: "note" }, el("p", {}, el("b", {}, capital(STATUS[call.status]) + ": "), bdi(detail.reason || ""))) : outcome(call),
    call.provisional ? el("div", { class: "notice", role: "note" }, el("p", {}, el("b", {}, "Provisional: "), "judged from a transcript too poor to rely on; listen before you act on it.")) : null,
    wholePlayer(call, detail),
    drawing && drawing.node,
    measures(detail),
    el("div", { class: "halves" },
      detail.criteria.length ? el("section", { "aria-labelledby": "verdicts" }, el("h2", { id: "verdicts" }, "Verdicts"), detail.criteria.map((judged) => card(call, detail, judged))) : null,
      lines),
    remarks(detail),
  ].filter(Boolean);
}

/** The score and the verdicts behind it, passes first. */
function outcome(call) {
  const named = (letter) => index.criteria.filter((criterion, place) => call.verdicts[place] === letter).map((criterion) => criterion.label);
  const line = (letter, words) => {
    const names = named(letter);
    return names.length ? el("p", {}, symbol(LETTERS[letter]), words + names.join(", ")) : null;
  };
  return el("div", { class: "summary" },
    el("p", { class: "big" }, points(call.score), el("span", { class: "small" }, call.score === null ? " no score" : " of 100")),
    el("div", {},
      call.autoFailed ? el("p", {}, el("b", {}, "Auto-fail: the miss costs the whole call.")) : null,
      line("p", "Went well: "), line("f", "Missed: "), line("r", "To review: "), line("n", "No occasion: ")));
}

/** The sound of the whole call, if the report has it. */
function wholePlayer(call, detail) {
  const { sound } = detail;
  const whole = sound.parts.length === 1 && call.duration && sound.parts[0][1] - sound.parts[0][0] >= call.duration - 0.5;
  if (!whole) return sound.note ? el("p", { class: "small" }, sound.note) : null;
  const audio = load(call.number, sound);
  audio.controls = true;
  audio.className = "player";
  audio.setAttribute("aria-label", "The whole call");
  return audio;
}

function measures(detail) {
  const m = detail.metrics;
  if (!m) return null;
  const seconds = (value) => (value >= 60 ? clock(value) + " min" : Math.round(value) + " s");
  return el("p", { class: "facts-of-call" }, [
    "agent speaks " + seconds(m.agent) + (m.pace ? ", " + m.pace + " words per minute" : ""),
    "customer speaks " + seconds(m.customer) + (m.customerPace ? ", " + m.customerPace + " words per minute" : ""),
    "silence " + seconds(m.silence),
    m.hold ? "on hold " + seconds(m.hold) : null,
    m.response ? "the agent answers after " + tenths(m.response) + " s" : null,
    m.interruptions ? "the agent interrupts " + plural(m.interruptions, "time") : null,
  ].filter(Boolean).map((words) => el("span", {}, words)));
}

/** One verdict: the reason, the evidence, and what to say instead. */
function card(call, detail, judged) {
  const criterion = index.criteria[judged.of];
  const weight = criterion.autoFail ? "a miss costs the call" : criterion.weight ? "weight " + criterion.weight : "for information only";
  const missed = judged.verdict === "fail" || judged.verdict === "review";
  return el("article", { class: missed ? "card" : "card met", id: "verdict-" + judged.of, tabindex: "-1" },
    el("h3", {}, el("span", {}, symbol(judged.verdict), criterion.title), verdictWord(judged.verdict), el("span", { class: "small" }, weight)),
    judged.changed ? el("p", { class: "changed" }, bdi(judged.changed)) : null,
    plainly(judged) ? null : el("p", { class: "reason" }, bdi(capital(judged.reason) + (/[.!?…”]$/.test(judged.reason) ? "" : "."))),
    proofs(call, detail, judged),
    missed ? coaching(criterion) : null);
}

/** True if the evidence makes the reason redundant. */
function plainly(judged) {
  const found = judged.evidence.some((evidence) => evidence.part === "answer");
  return found && (judged.verdict === "pass" || (judged.verdict === "fail" && judged.reason.startsWith("“")));
}

/** The evidence; of many moments of the same kind only the first are shown, the others on demand. */
function proofs(call, detail, judged) {
  const all = judged.evidence.map((evidence, place) => ({ evidence, node: proof(call, detail, judged, evidence, place) }));
  const triggers = all.filter((one) => one.evidence.part === "trigger");
  const rest = triggers.length > MOST_TRIGGERS + 1 ? triggers.slice(MOST_TRIGGERS) : [];
  const shown = all.filter((one) => !rest.includes(one));
  const last = shown.findLastIndex((one) => one.evidence.part === "trigger") + 1;
  const nodes = shown.map((one) => one.node);
  if (rest.length) nodes.splice(last, 0, el("details", { class: "proofs-more" }, el("summary", {}, rest.length + " more moments called for it"), rest.map((one) => one.node)));
  return nodes;
}

function proof(call, detail, judged, evidence, place) {
  const has = evidence.line < detail.lines.length;
  const words = "“" + evidence.quote + "”";
  return el("div", { class: "proof", "data-proof": judged.of + "." + place },
    el("span", { class: "part" }, PARTS[partOf(judged, evidence)], evidence.measured ? ": " + evidence.measured : ""),
    el("div", {},
      evidence.quote ? el("span", { class: "words" }, has
        ? el("a", { href: "#call-" + call.number + "." + judged.of + "." + place, onclick: (event) => { event.preventDefault(); showLine(evidence.line, true); } }, bdi(words))
        : bdi(words)) : null,
      el("div", { class: "tools" },
        playButton(call.number, detail, evidence.start, evidence.end, ", " + index.criteria[judged.of].label)
          || el("span", { class: "small" }, evidence.start === null ? "line " + (evidence.line + 1) : clock(evidence.start)),
        evidence.rules.length ? el("details", { class: "rule" },
          el("summary", {}, evidence.behaviors.join(", ") || "rule"), evidence.rules.map((rule) => el("code", {}, rule))) : null)));
}

/** The transcript, with the evidence marked in it. */
function transcript(call, detail) {
  if (!detail.lines.length) return null;
  const proofs = new Map();
  for (const judged of detail.criteria) {
    for (const evidence of judged.evidence) {
      if (!proofs.has(evidence.line)) proofs.set(evidence.line, []);
      proofs.get(evidence.line).push({ judged, evidence });
    }
  }
  const names = { a: "agent", c: "customer", u: "someone" };
  const lines = detail.lines.map(([who, start, end, text, doubt, sure], number) => {
    const found = proofs.get(number) || [];
    return el("li", { class: "said " + names[who] + (found.length ? " proven" : ""), id: "line-" + number, tabindex: "-1" },
      el("span", { class: "time" }, start === null ? String(number + 1) : clock(start)),
      el("span", { class: "by" }, capital(names[who]) + (sure ? "" : "?")),
      el("div", { class: "text" }, marked(text, found), tags(found), doubt ? el("p", { class: "doubt" }, "Poorly recognised: " + doubt) : null));
  });
  return el("section", { class: "transcript", "aria-labelledby": "said", tabindex: "0" },
    el("h2", { id: "said" }, "Transcript"),
    detail.lines.every((line) => line[5]) ? null : el("p", { class: "note" }, "A “?” marks a speaker who is only a guess."),
    el("ol", {}, lines));
}

/** The text with the quotes marked; if two overlap, the more serious verdict wins. */
function marked(text, found) {
  const grave = { fail: 0, review: 1, pass: 2, na: 3 };
  const taken = [];
  for (const { judged, evidence } of found.slice().sort((a, b) => grave[a.judged.verdict] - grave[b.judged.verdict])) {
    const at = evidence.quote ? text.indexOf(evidence.quote) : -1;
    if (at < 0 || evidence.measured) continue;
    const last = at + evidence.quote.length;
    if (taken.every((one) => last <= one.at || at >= one.last)) taken.push({ at, last, verdict: judged.verdict });
  }
  taken.sort((a, b) => a.at - b.at);
  const parts = [];
  let done = 0;
  for (const { at, last, verdict } of taken) {
    parts.push(text.slice(done, at), el("mark", { class: verdict }, text.slice(at, last)));
    done = last;
  }
  parts.push(text.slice(done));
  return el("bdi", {}, parts);
}

function tags(found) {
  const seen = new Map();
  for (const { judged, evidence } of found) seen.set(judged.of + partOf(judged, evidence), { judged, evidence });
  return seen.size ? el("p", { class: "tags" }, [...seen.values()].map(({ judged, evidence }) => el("span", {},
    symbol(evidence.part === "answer" ? judged.verdict : evidence.part), index.criteria[judged.of].label + ": " + PARTS[partOf(judged, evidence)].toLowerCase()))) : null;
}

function remarks(detail) {
  if (!detail.notes.length) return null;
  return el("section", { "aria-labelledby": "notes" }, el("h2", { id: "notes" }, "About the recording"),
    el("ul", {}, detail.notes.map((note) => el("li", { class: "small" }, bdi(capital(note) + ".")))));
}

/** Highlight a line; `moving` scrolls to it and gives it the focus. */
function showLine(number, moving) {
  const line = document.getElementById("line-" + number);
  if (!line) return;
  for (const one of document.querySelectorAll(".said.here")) one.classList.remove("here");
  line.classList.add("here");
  const pane = line.closest(".transcript");
  if (pane && pane.scrollHeight > pane.clientHeight) pane.scrollTop = line.offsetTop - pane.clientHeight / 3;
  if (moving) {
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: "center" });
  }
}

/** Play the moment of a marker, or go to its line if there is no sound. */
function openMark(call, detail, judged, place) {
  const evidence = judged.evidence[place];
  const button = document.querySelector("[data-mark='" + judged.of + "." + place + "']");
  const playable = Boolean(partAt(detail.sound, Math.max(0, evidence.start)));
  if (playable) play(call.number, detail, evidence.start, evidence.end, button);
  showLine(evidence.line, !playable);
}
