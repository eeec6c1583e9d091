// The values of single queries: their distribution for each series, and two series against each other.
// The metric is that of the curves when it changes, and can be another one.
const compared = {metric: "", followed: "", panel: "", first: "", second: ""};

function queryPanels(spec) {
  return unique(data.queries.filter((each) => each.metric === spec && isPanelChosen(data.panels[each.panel]))
    .map((each) => String(each.panel)));
}

// Return what the value of a query is called: on its own, and on an axis.
function valueName(spec) {
  return data.metrics.find((each) => each.spec === spec).value;
}

function valueTitle(spec) {
  return valueName(spec) === "AP" ? `AP (${spec})` : spec;
}

function chosenEntries() {
  return data.queries.filter((each) => each.metric === compared.metric && String(each.panel) === compared.panel
    && isSeriesChosen(data.series[each.series]));
}

function chooseQueryMetric() {
  const specs = unique(data.queries.map((each) => each.metric)).filter((spec) => queryPanels(spec).length);
  const followed = metric().spec;
  if (followed !== compared.followed && specs.includes(followed)) compared.metric = followed;
  compared.followed = followed;
  if (!specs.includes(compared.metric)) compared.metric = specs[0] || "";
  return data.metrics.map((each) => each.spec).filter((spec) => specs.includes(spec));
}

function fillQueryChoices() {
  const specs = chooseQueryMetric(), panels = queryPanels(compared.metric);
  if (!panels.includes(compared.panel)) compared.panel = panels[0] || "";
  const entries = chosenEntries();
  const names = entries.map((each) => [String(each.series), seriesName(data.series[each.series])]);
  const values = names.map(([value]) => value);
  if (!values.includes(compared.first)) compared.first = values[0] || "";
  const others = values.filter((value) => value !== compared.first);
  if (!others.includes(compared.second)) compared.second = others[0] || compared.first;
  const set = (part) => (value) => { compared[part] = value; drawQueries(); sayQueries(); };
  const titles = panels.map((number) => [number, `${data.panels[number].dataset}, ${data.panels[number].bits} bits`]);
  const controls = [select("query-panel", "Dataset and code length", titles, compared.panel, set("panel"))];
  if (specs.length > 1) {
    controls.unshift(select("query-metric", "Metric of queries", specs.map((spec) => [spec, spec]), compared.metric, set("metric")));
  }
  if (entries.length && hasValues(entries)) {
    controls.push(select("query-first", "Method A", names, compared.first, set("first")),
      select("query-second", "Method B", names, compared.second, set("second")));
  }
  keepFocus(document.getElementById("query-choices"), controls);
  return entries;
}

// The page has the values of queries of as many metrics as fit in it, and the distributions of all.
function hasValues(entries) {
  return entries.every((each) => "values" in each);
}

function sayQueries() {
  const panel = data.panels[compared.panel];
  if (panel) say(`Single queries: ${valueTitle(compared.metric)}, ${panel.dataset}, ${panel.bits} bits.`);
}

// Replace controls, and give the focus to the new one in the place of that which had it.
function keepFocus(container, controls) {
  const focused = container.contains(document.activeElement) ? document.activeElement.id : "";
  container.replaceChildren(...controls);
  if (focused) document.getElementById(focused).focus();
}

// Return the limits of values, which are those of most metrics unless some value is outside.
function valueRange(entries) {
  const low = Math.min(0, ...entries.map((each) => each.least)), high = Math.max(1, ...entries.map((each) => each.greatest));
  return [low - 0.02 * (high - low), high + 0.02 * (high - low)];
}

function distribution(entries, title) {
  const name = valueName(compared.metric), what = valueTitle(compared.metric);
  const parts = {q1: "q1", median: "median", q3: "q3", lowerfence: "least", upperfence: "greatest", mean: "mean"};
  const traces = entries.slice().reverse().map((each) => {
    const series = data.series[each.series], colour = inTheme(series.colour);
    const box = Object.fromEntries(Object.entries(parts).map(([theirs, ours]) => [theirs, [each[ours]]]));
    const shown = inLines(seriesName(series), 24);
    return {type: "box", orientation: "h", y: [shown], name: shown, ...box,
      boxmean: true, line: {color: colour, width: 1.5}, fillcolor: `${colour}26`};
  });
  const names = ["Method", "Queries", "Mean", "Least", "First quartile", "Median", "Third quartile", "Greatest"];
  const rows = () => entries.map((each) => [seriesName(data.series[each.series]), each.n,
    ...["mean", "least", "q1", "median", "q3", "greatest"].map((part) => decimals(each[part], 4))]);
  return {id: "distribution", title: `Distribution, ${title}`,
    label: `Box plot of the ${what} of each query, ${title}. The numbers are in a table below.`,
    text: `Box: quartiles and median; whiskers: least and greatest ${name}; dashed line: mean.`, traces,
    height: 120 + traces.reduce((sum, trace) => sum + 12 + 17 * trace.name.split("<br>").length, 0),
    table: () => [`Distribution of the ${what} of queries, ${title}`, names, rows()],
    layout: layoutOf(axis(what, {range: valueRange(entries)}), axis("", {}))};
}

function pairsOf(a, b) {
  const second = new Map(Array.from(numbers(b.queries), (query, at) => [query, numbers(b.values)[at]]));
  return Array.from(numbers(a.queries), (query, at) => [query, numbers(a.values)[at], second.get(query)])
    .filter((pair) => pair[2] !== undefined);
}

function against(a, b, title) {
  const [first, second] = [a, b].map((each) => seriesName(data.series[each.series]));
  const name = valueName(compared.metric), what = valueTitle(compared.metric), pairs = pairsOf(a, b);
  const better = pairs.filter((pair) => pair[1] > pair[2]).length, worse = pairs.filter((pair) => pair[1] < pair[2]).length;
  const text = `A has the larger ${name} for ${better} of ${pairs.length} queries, B for ${worse}.`;
  const colour = inTheme(data.series[a.series].colour);
  const points = {type: "scatter", mode: "markers", x: pairs.map((pair) => pair[2]), y: pairs.map((pair) => pair[1]),
    customdata: pairs.map((pair) => pair[0]), marker: {color: colour, size: 5, opacity: 0.5},
    hovertemplate: "query %{customdata}<br>A: %{y:.4f}<br>B: %{x:.4f}<extra></extra>"};
  const range = valueRange([a, b]), [from, to] = range;
  const diagonal = {type: "line", x0: from, y0: from, x1: to, y1: to, line: {color: variable("--quiet"), width: 1, dash: "dot"}};
  const rows = () => pairs.map((pair) => [pair[0], decimals(pair[1], 4), decimals(pair[2], 4), decimals(pair[1] - pair[2], 4)]);
  return {id: "against", title: `A against B, ${title}`, text, traces: [points],
    label: `${what} of each query of ${first} (A) against ${second} (B). ${text} The numbers are in a table below.`,
    table: () => [`${what} of each query, ${title}`, ["Query", `A: ${first}`, `B: ${second}`, "A - B"], rows()],
    layout: layoutOf(axis(`B: ${second}`, {range}), axis(`A: ${first}`, {range}), {shapes: [diagonal]})};
}

function drawQueries() {
  const section = document.getElementById("queries");
  if (!section) return;
  const entries = fillQueryChoices(), note = document.getElementById("query-note");
  document.getElementById("query-choices").hidden = !compared.panel;
  note.hidden = hasValues(entries);
  if (!entries.length) return showFigures(document.getElementById("query-figures"), []);
  const panel = data.panels[compared.panel], title = `${panel.dataset}, ${panel.bits} bits`;
  const find = (part) => entries.find((each) => String(each.series) === compared[part]);
  note.textContent = `With the values of ${compared.metric} for each query, the page would be too large. It has only their`
    + " distribution. A report on fewer methods or code lengths also compares two methods query by query.";
  showFigures(document.getElementById("query-figures"), [distribution(entries, title),
    ...(hasValues(entries) ? [against(find("first"), find("second"), title)] : [])]);
}
