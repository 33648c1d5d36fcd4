// Building pages. Text only ever enters as text: nothing here reads HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; a child is a node, a string, or empty and then left out. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "onclick") node.addEventListener("click", value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function symbol(name) {
  return svg("svg", { class: "symbol " + name, "aria-hidden": "true", focusable: "false" }, svg("use", { href: "#s-" + name }));
}

function verdictWord(verdict) {
  return el("span", { class: "verdict " + verdict }, VERDICTS[verdict]);
}

function bdi(text) {
  return el("bdi", {}, text);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A mean with its range, drawn on a scale from 0 to 100 with the pass mark. */
function drawnRange(mean, range, compared) {
  const drawing = svg("svg", {
    class: "range" + (compared ? "" : " few"), viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false",
  }, svg("rect", { class: "scale", x: 0, y: 4.5, width: 100, height: 1 }),
  svg("rect", { class: "mark", x: index.passMark, y: 0, width: 0.7, height: 10 }));
  if (range) drawing.append(svg("rect", { class: "spread", x: range[0], y: 3, width: range[1] - range[0], height: 4 }));
  drawing.append(svg("rect", { class: "mean", x: Math.min(98.4, Math.max(0, mean - 0.8)), y: 0.5, width: 1.6, height: 9 }));
  return drawing;
}

function say(text) {
  document.getElementById("live").textContent = text;
}
