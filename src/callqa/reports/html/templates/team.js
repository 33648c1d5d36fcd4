// The team's table in another order. Agents with too few calls are never ordered by score.

function startTeam() {
  const body = document.getElementById("team-rows");
  if (!body) return;
  const rows = [...body.rows];
  const columns = body.closest("table").tHead.rows[0].cells.length;
  document.getElementById("team-sort").addEventListener("change", (event) => {
    const by = event.target.value;
    const figure = (row) => {
      if (by === "review" || by === "calls") return Number(row.dataset[by]);
      const text = by === "score" ? row.dataset.score : row.dataset.met.split(";")[Number(by)];
      return text === "" ? -1 : Number(text);
    };
    const ranked = by !== "name" && by !== "review" && by !== "calls";
    const few = ranked ? rows.filter((row) => !row.dataset.compared) : [];
    const others = rows.filter((row) => !few.includes(row));
    if (by !== "name") others.sort((a, b) => figure(b) - figure(a) || rows.indexOf(a) - rows.indexOf(b));
    const gap = few.length ? [el("tr", { class: "gap", role: "row" }, el("td", { role: "cell", colspan: columns }, "Fewer than " + index.minCalls + " calls: not compared, ordered by name"))] : [];
    body.replaceChildren(...others, ...gap, ...few);
    say("The team is ordered " + event.target.selectedOptions[0].textContent);
  });
}
