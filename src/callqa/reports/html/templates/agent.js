// The page of an agent: the best quotes first, then each criterion over time, then the calls.

const MOST_MARKS = 60;
const BINS = 12;

function agentPage(number) {
  const agent = index.agents[number];
  const own = calls.filter((call) => call.agent === number);
  const scored = own.filter((call) => call.status === 0).sort((a, b) => (a.time || 0) - (b.time || 0) || a.number - b.number);
  const compared = agent.scored >= index.minCalls;
  const list = el("div");
  const page = [
    el("p", { class: "back" }, el("a", { href: index.agents.some((one) => one.scored) ? "#team" : "#overview" }, "Back to the team")),
    el("h1", { tabindex: "-1", class: "clip" }, bdi(agent.name)),
    el("div", { class: "summary" },
      agent.mean === null ? null : el("p", { class: "big" }, points(agent.mean)),
      agent.mean === null ? null : el("div", {}, el("p", { class: "small" }, rangeWords(agent, compared)), drawnRange(agent.mean, agent.range, compared)),
      el("p", { class: "small" }, callWords(agent, own))),
    strengths(agent),
    overTime(scored),
    toTry(scored),
    el("section", { "aria-labelledby": "own-calls" }, el("h2", { id: "own-calls" }, "Calls"), list),
  ];
  drawList(list, own.slice().sort(SORTS[Number.isNaN(own[0].time) ? "" : "newest"]), false);
  return page.flat();
}

function rangeWords(agent, compared) {
  const range = agent.range ? "mean score, between " + points(agent.range[0]) + " and " + points(agent.range[1]) + " (95 %)" : "score of the only call";
  return range + (compared ? "" : "; too few calls to compare with anyone");
}

function callWords(agent, own) {
  const parts = [agent.scored === own.length ? plural(own.length, "call") : agent.scored + " of " + plural(own.length, "call") + " judged"];
  if (agent.provisional) parts.push(agent.provisional + " provisional");
  return parts.join(", ");
}

/** The agent's own best quotes. */
function strengths(agent) {
  if (!agent.best.length) return [];
  return [el("section", { "aria-labelledby": "well" }, el("h2", { id: "well" }, "What went well"),
    el("ul", { class: "best" }, agent.best.map((best) => el("li", {},
      el("p", { class: "small" }, index.criteria[best.criterion].title),
      el("blockquote", { class: "clip" }, bdi("“" + best.quote + "”")),
      el("p", { class: "small" },
        el("a", { href: "#call-" + best.call }, bdi(calls[best.call].id)), best.start === null ? "" : ", at " + clock(best.start))))))];
}

/** Each criterion: how often it was met, and a mark per call in their order, or a column per stretch of time. */
function overTime(scored) {
  if (!scored.length || !index.criteria.length) return [];
  const dated = scored.every((call) => !Number.isNaN(call.time));
  const bins = scored.length > MOST_MARKS;
  const rows = index.criteria.map((criterion, place) => {
    const tally = tallyOf(scored, place);
    return el("li", {},
      el("span", {}, criterion.title),
      el("span", {}, tally.words),
      bins ? columns(scored, place, dated) : marks(scored, place, criterion));
  });
  const order = dated ? "oldest first" : "in the order of their names";
  const how = bins ? "A column is " + (dated ? "a stretch of equal time" : "an equal number of calls") + ", filled to the share of calls that met the criterion; below it is the number of calls."
    : "A mark is a call, " + order + ".";
  return [el("section", { "aria-labelledby": "criteria" }, el("h2", { id: "criteria" }, "Each criterion over time"),
    el("p", { class: "note" }, how), el("ul", { class: "over-time" }, rows))];
}

function tallyOf(some, place) {
  const count = { p: 0, f: 0, n: 0, r: 0, ".": 0 };
  for (const call of some) count[call.verdicts[place]] += 1;
  const cases = count.p + count.f;
  return { ...count, cases, words: (cases ? count.p + " of " + cases : "–") + (count.r ? " +" + count.r + "?" : "") };
}

function marks(scored, place, criterion) {
  return el("ul", { class: "marks" }, scored.filter((call) => call.verdicts[place] !== ".").map((call) => {
    const verdict = LETTERS[call.verdicts[place]];
    const name = VERDICTS[verdict] + ", " + call.id + (call.at ? ", " + moment(call.at) : "");
    return el("li", {}, el("a", { href: "#call-" + call.number, title: name, "aria-label": criterion.label + ": " + name }, symbol(verdict)));
  }));
}

function columns(scored, place, dated) {
  const first = scored[0].time, span = scored[scored.length - 1].time - first;
  const binOf = (call, order) => Math.min(BINS - 1, Math.floor(dated && span > 0 ? (BINS * (call.time - first)) / span : (BINS * order) / scored.length));
  const groups = Array.from({ length: BINS }, () => []);
  scored.forEach((call, order) => groups[binOf(call, order)].push(call));
  return el("ul", { class: "bins" }, groups.map((group) => {
    const tally = tallyOf(group, place);
    const height = tally.cases ? (20 * tally.p) / tally.cases : 0;
    const from = dated && group.length ? moment(group[0].at).slice(0, 10) + ": " : "";
    return el("li", { title: from + tally.words },
      svg("svg", { viewBox: "0 0 10 20", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
        ...(tally.cases ? [svg("rect", { class: "scale", width: 10, height: 20 }), svg("rect", { class: "part", y: 20 - height, width: 10, height })] : [])),
      el("span", { "aria-hidden": "true" }, tally.cases || ""), el("span", { class: "unseen" }, from + tally.words));
  }));
}

/** Suggestions: the criteria missed most, in the words of the rubric. At most three, so that they can be followed. */
function toTry(scored) {
  const missed = index.criteria.map((criterion, place) => ({ criterion, place, tally: tallyOf(scored, place) }))
    .filter((one) => one.tally.f && (one.criterion.coach || one.criterion.good.length))
    .sort((a, b) => b.tally.f * b.criterion.weight - a.tally.f * a.criterion.weight || a.place - b.place).slice(0, 3);
  if (!missed.length) return [];
  return [el("section", { class: "to-try", "aria-labelledby": "try" }, el("h2", { id: "try" }, "To try next"),
    missed.map(({ criterion, tally }) => el("div", { class: "card" },
      el("h3", {}, criterion.title, el("span", { class: "small" }, tally.words)), coaching(criterion))))];
}

/** The reason for a criterion and words to say, from the rubric. */
function coaching(criterion) {
  if (!criterion.why && !criterion.coach && !criterion.good.length) return null;
  return el("div", { class: "coach" },
    criterion.why ? el("p", {}, el("b", {}, "Why: "), criterion.why) : null,
    criterion.coach ? el("p", {}, el("b", {}, "Try: "), criterion.coach) : null,
    criterion.good.map((line) => el("p", { class: "say" }, "“" + line + "”")));
}
