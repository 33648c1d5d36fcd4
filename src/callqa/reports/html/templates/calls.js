// The list of calls: filtered, sorted, and drawn as far as the reader scrolls.

const BATCH = 50;

const SORTS = {
  "": (a, b) => a.rank - b.rank || a.number - b.number,
  newest: (a, b) => (b.time || 0) - (a.time || 0) || a.number - b.number,
  oldest: (a, b) => (a.time || Infinity) - (b.time || Infinity) || a.number - b.number,
  low: (a, b) => (a.score ?? 101) - (b.score ?? 101) || a.number - b.number,
  high: (a, b) => (b.score ?? -1) - (a.score ?? -1) || a.number - b.number,
  agent: (a, b) => a.agent - b.agent || a.number - b.number,
  long: (a, b) => (b.duration || 0) - (a.duration || 0) || a.number - b.number,
};

const NEEDS = {
  attention: (call) => call.rank < Infinity,
  review: (call) => call.verdicts.includes("r"),
  auto: (call) => call.autoFailed,
  provisional: (call) => call.provisional,
  unscored: (call) => call.status !== 0,
};

/** The calls that match the filters, in the chosen order. `wanted` has the values of the form. */
function chosenCalls(wanted) {
  const words = (wanted.q || "").toLowerCase().split(/\s+/).filter(Boolean);
  const agent = wanted.agent ? Number(wanted.agent) : null;
  const place = wanted.criterion ? Number(wanted.criterion) : null;
  const needs = NEEDS[wanted.needs];
  const bound = (text) => (text === undefined || text === "" || Number.isNaN(Number(text)) ? null : Number(text));
  const from = bound(wanted.from), to = bound(wanted.to);
  const fits = (call) => {
    if (agent !== null && call.agent !== agent) return false;
    if (needs && !needs(call)) return false;
    if ((from !== null || to !== null) && call.score === null) return false;
    if (from !== null && call.score < from) return false;
    if (to !== null && call.score > to) return false;
    if (place !== null) {
      const letter = call.verdicts[place];
      if (wanted.verdict ? letter !== wanted.verdict : !"pfr".includes(letter)) return false;
    } else if (wanted.verdict && !call.verdicts.includes(wanted.verdict)) return false;
    return words.every((word) => call.found.includes(word));
  };
  return calls.filter(fits).sort(SORTS[wanted.sort] || SORTS[""]);
}

/** One call in a list. */
function callRow(call, withAgent) {
  const meta = [
    withAgent ? index.agents[call.agent].name : null, moment(call.at), call.duration ? clock(call.duration) : null,
    call.provisional && !call.status ? "provisional" : null,
  ];
  return el("li", { class: "row" },
    el("div", { class: "points" },
      call.status ? el("span", { class: "small" }, STATUS[call.status]) : [el("span", { class: "unseen" }, "score "), points(call.score)],
      call.autoFailed ? el("span", { class: "small" }, "auto-fail") : null),
    el("div", {},
      el("a", { class: "call", href: "#call-" + call.number }, bdi(call.id || "call " + (call.number + 1))),
      el("div", { class: "meta" }, bdi(meta.filter(Boolean).join(" · ")))),
    el("div", { class: "chips" }, chips(call)));
}

/** The criteria missed and to review by name, the others as counts. */
function chips(call) {
  const named = (letter) => index.criteria.filter((criterion, place) => call.verdicts[place] === letter)
    .map((criterion) => el("span", {}, symbol(LETTERS[letter]), criterion.label + " ", el("span", { class: "unseen" }, VERDICTS[LETTERS[letter]])));
  const count = (letter) => [...call.verdicts].filter((one) => one === letter).length;
  const rest = [];
  if (count("p")) rest.push(count("p") + " passed");
  if (count("n")) rest.push(count("n") + " without occasion");
  return [...named("f"), ...named("r"), rest.length ? el("span", { class: "rest" }, rest.join(", ")) : null];
}

/** Draw a list into an element, BATCH rows at a time: the next ones when the reader reaches them. */
function drawList(place, chosen, withAgent) {
  let shown = 0;
  const more = el("button", { type: "button", class: "load" });
  const add = () => {
    const rows = chosen.slice(shown, shown + BATCH);
    more.before(el("ol", { class: "rows", start: shown + 1 }, rows.map((call) => callRow(call, withAgent))));
    shown += rows.length;
    more.hidden = shown >= chosen.length;
    more.textContent = "Show more: " + shown.toLocaleString("en") + " of " + chosen.length.toLocaleString("en") + " shown";
  };
  more.addEventListener("click", add);
  place.replaceChildren(more);
  if (chosen.length) add();
  else {
    more.hidden = true;
    place.prepend(el("p", { class: "note" }, "No call matches."));
  }
  const watcher = new IntersectionObserver((seen) => {
    if (!place.isConnected) watcher.disconnect();
    else if (seen.some((one) => one.isIntersecting) && !more.hidden) add();
  }, { rootMargin: "1500px" });
  watcher.observe(more);
  return watcher;
}

const form = document.getElementById("filters");
let listWatcher = null;

/** Fill the form's menus and keep the list, the form and the address in step. */
function startList() {
  if (!form) return;
  form.elements.agent.append(...index.agents.map((agent, number) => el("option", { value: number }, agent.name)));
  form.elements.criterion.append(...index.criteria.map((criterion, place) => el("option", { value: place }, criterion.label)));
  let waiting = 0;
  const changed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString();
      history.replaceState(null, "", "#calls" + (query ? "?" + query : ""));
      showList();
    }, 120);
  };
  form.addEventListener("input", changed);
  form.addEventListener("reset", () => setTimeout(changed));
  form.addEventListener("submit", (event) => event.preventDefault());
  showList();
}

/** Set the form to the query of an address. */
function setFilters(query) {
  const values = new URLSearchParams(query);
  for (const field of form.elements) if (field.name) field.value = values.get(field.name) || "";
  showList();
}

function showList() {
  const chosen = chosenCalls(Object.fromEntries(new FormData(form)));
  if (listWatcher) listWatcher.disconnect();
  listWatcher = drawList(document.getElementById("list"), chosen, true);
  const all = chosen.length === calls.length;
  document.getElementById("count").textContent =
    all ? plural(calls.length, "call") : chosen.length.toLocaleString("en") + " of " + plural(calls.length, "call");
}
