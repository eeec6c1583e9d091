// The AP of each query: its distribution for each series, and two series against each other.
const compared = {panel: "", first: "", second: ""};

function entriesOf(panel) {
  return data.queries.filter((each) => each.metric === metric().spec && String(each.panel) === panel
    && isSeriesChosen(data.series[each.series]));
}

function fillQueryChoices() {
  const panels = unique(data.queries.filter((each) => each.metric === metric().spec && isPanelChosen(data.panels[each.panel]))
    .map((each) => String(each.panel)));
  if (!panels.includes(compared.panel)) compared.panel = panels[0] || "";
  const entries = entriesOf(compared.panel);
  const names = entries.map((each) => [String(each.series), seriesName(data.series[each.series])]);
  const values = names.map(([value]) => value);
  if (!values.includes(compared.first)) compared.first = values[0] || "";
  const others = values.filter((value) => value !== compared.first);
  if (!others.includes(compared.second)) compared.second = others[0] || compared.first;
  const set = (part) => (value) => { compared[part] = value; drawQueries(); };
  const titles = panels.map((number) => [number, `${data.panels[number].dataset}, ${data.panels[number].bits} bits`]);
  keepFocus(document.getElementById("query-choices"), [
    select("query-panel", "Dataset and code length", titles, compared.panel, set("panel")),
    select("query-first", "Method A", names, compared.first, set("first")),
    select("query-second", "Method B", names, compared.second, set("second"))]);
  return entries;
}

// Replace controls, and give the focus to the new one in the place of that which had it.
function keepFocus(container, controls) {
  const focused = container.contains(document.activeElement) ? document.activeElement.id : "";
  container.replaceChildren(...controls);
  if (focused) document.getElementById(focused).focus();
}

function distribution(entries, title) {
  const parts = {q1: "q1", median: "median", q3: "q3", lowerfence: "least", upperfence: "greatest", mean: "mean"};
  const traces = entries.slice().reverse().map((each) => {
    const series = data.series[each.series], colour = inTheme(series.colour);
    const box = Object.fromEntries(Object.entries(parts).map(([theirs, ours]) => [theirs, [each[ours]]]));
    return {type: "box", orientation: "h", y: [forPlotly(seriesName(series))], name: forPlotly(seriesName(series)), ...box,
      boxmean: true, line: {color: colour, width: 1.5}, fillcolor: `${colour}26`};
  });
  const names = ["Method", "Queries", "Mean", "Least", "First quartile", "Median", "Third quartile", "Greatest"];
  const rows = () => entries.map((each) => [seriesName(data.series[each.series]), each.n,
    ...["mean", "least", "q1", "median", "q3", "greatest"].map((name) => decimals(each[name], 4))]);
  return {id: "distribution", title: `Distribution, ${title}`, label: `Box plot of the AP of each query, ${title}. The numbers are in a table below.`,
    text: "Box: quartiles and median; whiskers: least and greatest AP; dashed line: mean.", traces,
    table: () => [`Distribution of the AP of queries, ${title}`, names, rows()],
    layout: layoutOf(axis(`AP (${metric().spec})`, {range: [-0.02, 1.02]}), axis("", {}))};
}

function pairsOf(a, b) {
  const second = new Map(Array.from(numbers(b.queries), (query, at) => [query, numbers(b.ap)[at]]));
  return Array.from(numbers(a.queries), (query, at) => [query, numbers(a.ap)[at], second.get(query)])
    .filter((pair) => pair[2] !== undefined);
}

function against(a, b, title) {
  const [first, second] = [a, b].map((each) => seriesName(data.series[each.series]));
  const pairs = pairsOf(a, b);
  const better = pairs.filter((pair) => pair[1] > pair[2]).length, worse = pairs.filter((pair) => pair[1] < pair[2]).length;
  const text = `A has the larger AP for ${better} of ${pairs.length} queries, B for ${worse}.`;
  const colour = inTheme(data.series[a.series].colour);
  const points = {type: "scatter", mode: "markers", x: pairs.map((pair) => pair[2]), y: pairs.map((pair) => pair[1]),
    customdata: pairs.map((pair) => pair[0]), marker: {color: colour, size: 5, opacity: 0.5},
    hovertemplate: "query %{customdata}<br>A: %{y:.4f}<br>B: %{x:.4f}<extra></extra>"};
  const diagonal = {type: "line", x0: 0, y0: 0, x1: 1, y1: 1, line: {color: variable("--quiet"), width: 1, dash: "dot"}};
  const range = {range: [-0.02, 1.02]};
  const rows = () => pairs.map((pair) => [pair[0], decimals(pair[1], 4), decimals(pair[2], 4), decimals(pair[1] - pair[2], 4)]);
  return {id: "against", title: `A against B, ${title}`, text, traces: [points],
    label: `AP of each query of ${first} (A) against ${second} (B). ${text} The numbers are in a table below.`,
    table: () => [`AP of each query, ${title}`, ["Query", `A: ${first}`, `B: ${second}`, "A - B"], rows()],
    layout: layoutOf(axis(`B: ${second}`, range), axis(`A: ${first}`, range), {shapes: [diagonal]})};
}

function drawQueries() {
  const section = document.getElementById("queries");
  if (!section) return;
  const entries = fillQueryChoices();
  document.getElementById("query-choices").hidden = !entries.length;
  if (!entries.length) return showFigures(document.getElementById("query-figures"), []);
  const panel = data.panels[compared.panel], title = `${panel.dataset}, ${panel.bits} bits`;
  const find = (part) => entries.find((each) => String(each.series) === compared[part]);
  showFigures(document.getElementById("query-figures"), [distribution(entries, title), against(find("first"), find("second"), title)]);
}
