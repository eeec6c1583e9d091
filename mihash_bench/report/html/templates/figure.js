// Figures: a plot, what it shows in words, and its numbers as a table that is made when it is opened.
const shown = new Map();
// The buttons are listed because plotly's own include one that sends a figure to a server.
const CONFIG = {displaylogo: false, responsive: true, toImageButtonOptions: {format: "svg"},
  modeBarButtons: [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]]};

// plotly.js is compressed in the page and becomes a script of it.
async function unpackPlotly() {
  const bytes = Uint8Array.from(atob(document.getElementById("plotly").textContent), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  document.head.append(element("script", {}, await new Response(stream).text()));
  if (!window.Plotly) throw new Error("plotly.js did not start");
}

// plotly reads tags and entities in texts, and %{...} in what is shown on hovering.
function forPlotly(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("%{", "%\u200b{");
}

// Break a text between words into lines of up to so many characters, where words allow it.
function inLines(text, most) {
  const broken = [""];
  for (const word of String(text).split(" ")) {
    const longer = `${broken.at(-1)} ${word}`.trim();
    if (longer.length <= most || !broken.at(-1)) broken[broken.length - 1] = longer; else broken.push(word);
  }
  return broken.map(forPlotly).join("<br>");
}

function axis(title, more) {
  const line = variable("--line");
  return {title: {text: inLines(title, 28), standoff: 10}, gridcolor: line, zerolinecolor: line, linecolor: variable("--quiet"),
    automargin: true, ...more};
}

function layoutOf(xaxis, yaxis, more) {
  return {xaxis, yaxis, showlegend: false, margin: {l: 56, r: 12, t: 30, b: 44}, hovermode: "closest",
    paper_bgcolor: variable("--paper"), plot_bgcolor: variable("--paper"),
    font: {family: "system-ui, 'Liberation Sans', Arial, sans-serif", size: 13, color: variable("--ink")},
    modebar: {bgcolor: variable("--paper"), color: variable("--quiet"), activecolor: variable("--accent")},
    hoverlabel: {bgcolor: variable("--raised"), bordercolor: variable("--quiet"), font: {color: variable("--ink")}},
    ...more};
}

function dataTable(caption, names, rows) {
  const head = element("tr", {}, ...names.map((name, at) => element("th", {scope: "col", class: at ? "number" : false}, name)));
  const body = rows.map((row) => element("tr", {}, ...row.map((text, at) => at
    ? element("td", {class: "number"}, String(text)) : element("th", {scope: "row"}, String(text)))));
  const table = element("table", {}, element("caption", {}, element("span", {}, caption)), element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", {class: "scroll", role: "region", tabindex: "0", "aria-label": caption}, table);
}

function newFigure() {
  const parts = {title: element("h3", {}), text: element("p", {}), plot: element("div", {class: "plot", role: "group"}),
    details: element("details", {}, element("summary", {}, "Numbers of this figure"))};
  parts.figure = element("figure", {}, element("figcaption", {}, parts.title, parts.text), parts.plot, parts.details);
  parts.details.addEventListener("toggle", () => openTable(parts));
  return parts;
}

function openTable(parts) {
  const old = parts.details.querySelector(".scroll");
  if (old) old.remove();
  if (parts.details.open) parts.details.append(dataTable(...parts.table()));
}

// Show figures in a container, each {id, title, text, label, traces, layout, table}; those of before are used again.
// A figure may have the least height in pixels that it needs.
function showFigures(container, figures) {
  const wanted = new Set(figures.map((figure) => figure.id));
  for (const [id, parts] of [...shown]) {
    if (parts.container === container && !wanted.has(id)) {
      Plotly.purge(parts.plot);
      parts.figure.remove();
      shown.delete(id);
    }
  }
  for (const each of figures) {
    const parts = shown.get(each.id) || newFigure();
    parts.container = container;
    parts.table = each.table;
    parts.title.textContent = each.title;
    parts.text.textContent = each.text || "";
    parts.plot.setAttribute("aria-label", each.label);
    parts.plot.style.minHeight = each.height ? `${each.height}px` : "";
    container.append(parts.figure);
    shown.set(each.id, parts);
  }
  // Drawn once all have their places, because these decide about their widths.
  for (const each of figures) {
    Plotly.react(shown.get(each.id).plot, each.traces, each.layout, CONFIG);
    openTable(shown.get(each.id));
  }
}
