// The address decides which page is open, so that Back, bookmarks and links between pages work.

const overviewView = document.getElementById("overview-view");
const agentView = document.getElementById("agent-view");
const callView = document.getElementById("call-view");
const overviewTitle = document.title;
let overviewScroll = 0;
let opened = "overview";

function open(view, title, nodes) {
  if (opened === "overview" && view !== overviewView) overviewScroll = window.scrollY;
  for (const one of [overviewView, agentView, callView]) one.hidden = one !== view;
  opened = view === overviewView ? "overview" : "page";
  document.title = title;
  if (nodes) {
    view.replaceChildren(...nodes);
    window.scrollTo(0, 0);
    const heading = view.querySelector("h1");
    if (heading) heading.focus({ preventScroll: true });
  }
}

async function route(event) {
  const hash = location.hash.slice(1);
  const [, kind, number] = /^(agent|call)-(\d+)/.exec(hash) || [];
  const mark = /^call-\d+\.(\d+)\.(\d+)$/.exec(hash);
  unload();
  player.watch = null;
  if (kind === "agent" && index.agents[number]) {
    open(agentView, index.agents[number].name + " – " + overviewTitle, agentPage(Number(number)));
  } else if (kind === "call" && calls[number]) {
    const call = calls[number];
    try {
      const detail = await details(call.number);
      open(callView, call.id + " – " + overviewTitle, callPage(call, detail));
      const judged = mark && detail.criteria.find((one) => one.of === Number(mark[1]));
      if (judged && judged.evidence[mark[2]]) showLine(judged.evidence[mark[2]].line, true);
    } catch (error) {
      open(callView, overviewTitle, [el("h1", { tabindex: "-1" }, "This call cannot be opened"), el("p", {}, error.message)]);
    }
  } else {
    const back = opened !== "overview";
    open(overviewView, overviewTitle, null);
    const [id, query] = hash.split("?");
    if (form && query !== undefined) setFilters(query);
    const target = document.getElementById(id || "overview");
    if (!event) {
      if (id && target) target.scrollIntoView();
      return;
    }
    if (back && id === "calls" && query === undefined) window.scrollTo(0, overviewScroll);
    else if (target) target.scrollIntoView();
    const heading = target && target.querySelector("[tabindex='-1']");
    if (heading) heading.focus({ preventScroll: true });
  }
}

/** The buttons next to the calls to listen to first. */
async function startFirst() {
  for (const place of document.querySelectorAll("#first .hear")) {
    const number = Number(place.dataset.call);
    const detail = await details(number).catch(() => null);
    const grave = detail && firstMark(detail, place);
    const button = grave && playButton(number, detail, grave.start, grave.end, ", " + calls[number].id);
    if (button) place.append(button);
  }
}

/** The moment that decided, which the overview quotes. */
function firstMark(detail, place) {
  const criterion = Number(place.dataset.criterion), evidence = Number(place.dataset.evidence);
  const judged = detail.criteria.find((one) => one.of === criterion);
  return judged && judged.evidence[evidence];
}

document.documentElement.classList.add("js");
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
startList();
startTeam();
startFirst();
window.addEventListener("hashchange", route);
route(null);
