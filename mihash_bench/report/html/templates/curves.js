// The curves: a figure for each dataset and code length, or for each dataset over code lengths.
const place = document.getElementById("curve-figures");

// A logarithmic axis has 0 one decade to the left of the smallest positive x, as in the printed figures.
function places(view, xs) {
  const from = view.log_from;
  return from === null ? Array.from(xs) : Array.from(xs, (x) => (x < from ? x / from : 1 + Math.log10(x / from)));
}

function xAxis(view, xs) {
  if (view.final) {
    const values = unique(xs).sort((a, b) => a - b);
    return axis(view.x_title, {tickvals: places(view, values), ticktext: values.map(String)});
  }
  if (view.log_from === null) return axis(view.x_title, {rangemode: "tozero"});
  const last = Math.max(...xs);
  const ticks = xs.some((x) => x < view.log_from) ? [0] : [];
  const few = last < 100 * view.log_from;
  for (let power = Math.floor(Math.log10(view.log_from)); 10 ** power <= last; power += 1) {
    ticks.push(...(few ? [1, 2, 5] : [1]).map((part) => part * 10 ** power).filter((x) => x >= view.log_from && x <= last));
  }
  const text = (x) => x.toLocaleString("en", {notation: "compact", maximumSignificantDigits: 3}).replace("K", "k");
  return axis(view.x_title, {tickvals: places(view, ticks), ticktext: ticks.map(text)});
}

function band(view, line, colour) {
  const x = places(view, numbers(line.x)), mean = numbers(line.mean), sd = numbers(line.sd);
  const up = Array.from(mean, (value, at) => value + sd[at]), down = Array.from(mean, (value, at) => value - sd[at]);
  return {x: [...x, ...x.slice().reverse()], y: [...up, ...down.reverse()], fill: "toself", mode: "none",
    fillcolor: `${colour}26`, hoverinfo: "skip", type: "scatter"};
}

function curve(view, line) {
  const series = data.series[line.series], colour = inTheme(series.colour), x = numbers(line.x);
  const sd = line.sd === undefined ? null : numbers(line.sd);
  const name = forPlotly(seriesName(series));
  const more = Array.from(x, (value, at) => [plain(value), sd ? ` ± ${decimals(sd[at], 4)}` : ""]);
  const error = sd && x.length === 1 ? {error_y: {type: "data", array: Array.from(sd), visible: true}} : {};
  return {x: places(view, x), y: Array.from(numbers(line.mean)), customdata: more, name, type: "scatter",
    mode: "lines+markers", line: {color: colour, dash: series.dash, width: 2}, ...error,
    marker: {color: colour, symbol: series.symbol, size: 8, maxdisplayed: view.final ? 0 : 8},
    hovertemplate: `<b>${name}</b><br>${forPlotly(view.x_title)}: %{customdata[0]}<br>`
      + `${forPlotly(view.metric)}: %{y:.4f}%{customdata[1]}<extra></extra>`};
}

function referencesOf(view, panel) {
  return view.references.filter((line) => line.panel === panel);
}

// What is reached without codes; a line that is the same at all x crosses the figure.
function referenceTrace(view, line, xs) {
  const name = forPlotly(line.name), mean = numbers(line.mean);
  const at = line.x === undefined ? unique(places(view, xs)).sort((a, b) => a - b) : places(view, numbers(line.x));
  return {x: at, y: at.map((_, place) => mean[line.x === undefined ? 0 : place]), name, type: "scatter", mode: "lines",
    line: {color: variable("--ink"), dash: "dot", width: 1.5},
    hovertemplate: `<b>${name}</b><br>${forPlotly(view.metric)}: %{y:.4f}<extra></extra>`};
}

function referenceRows(line) {
  const mean = numbers(line.mean), xs = line.x === undefined ? ["all"] : Array.from(numbers(line.x), plain);
  return xs.map((x, at) => [line.name, x, decimals(mean[at], 4), "–", "–"]);
}

function seriesName(series) {
  return series.trigger ? `${series.name}, trigger ${series.trigger}` : series.name;
}

// Panels of the same dataset have the same limits.
function limits(view, lines) {
  let low = Infinity, high = -Infinity;
  for (const line of lines) {
    const mean = numbers(line.mean), sd = line.sd === undefined ? null : numbers(line.sd);
    mean.forEach((value, at) => {
      low = Math.min(low, value - (sd ? sd[at] : 0));
      high = Math.max(high, value + (sd ? sd[at] : 0));
    });
  }
  for (const panel of unique(lines.map((line) => line.panel))) {
    for (const line of referencesOf(view, panel)) {
      low = Math.min(low, ...numbers(line.mean));
      high = Math.max(high, ...numbers(line.mean));
    }
  }
  const margin = (high - low || 0.1) * 0.05;
  return [low - margin, high + margin];
}

// A method that has only x = 0, such as one that never rebuilds its table, is a line across the panel.
function levels(view, lines) {
  return lines.filter((line) => numbers(line.x).length === 1 && numbers(line.x)[0] === 0).map((line) => ({
    type: "line", xref: "paper", x0: 0, x1: 1, y0: numbers(line.mean)[0], y1: numbers(line.mean)[0],
    line: {color: inTheme(data.series[line.series].colour), width: 1, dash: data.series[line.series].dash}}));
}

function curveFigure(view, panel, lines, range) {
  const title = view.final ? panel.dataset : `${panel.dataset}, ${panel.bits} bits`;
  const label = `${view.metric} over ${within(view.x_title)}, ${title}: ${counted(lines.length, "curve")}. The numbers are in a table below.`;
  const xs = lines.flatMap((line) => Array.from(numbers(line.x)));
  const names = ["Method", view.x_title, view.metric, "Standard deviation", "Trials"];
  const references = referencesOf(view, lines[0].panel);
  const drawn = references.map((line) => `Dotted line: ${line.name}.`);
  const rows = () => [...references.flatMap(referenceRows), ...lines.flatMap((line) => Array.from(numbers(line.x), (x, at) => [seriesName(data.series[line.series]),
    plain(x), decimals(numbers(line.mean)[at], 4), line.sd === undefined ? "–" : decimals(numbers(line.sd)[at], 4), line.trials]))];
  return {id: `curve ${lines[0].panel}`, title, text: [...panel.remarks, ...drawn].join(" "), label, table: () => [`${view.metric} over ${within(view.x_title)}, ${title}`, names, rows()],
    traces: [...lines.filter((line) => line.sd !== undefined && numbers(line.x).length > 1)
      .map((line) => band(view, line, inTheme(data.series[line.series].colour))), ...references.map((line) => referenceTrace(view, line, xs)), ...lines.map((line) => curve(view, line))],
    layout: layoutOf(xAxis(view, xs), axis(view.metric, {range}), {shapes: levels(view, lines)})};
}

function drawCurves() {
  const wanted = metric().spec;
  const view = data.views.find((each) => each.setting === chosen.setting && each.metric === wanted && each.x === chosen.x);
  const lines = view ? view.lines.filter((line) => isSeriesChosen(data.series[line.series]) && (view.final
    ? chosen.dataset.has(data.panels[line.panel].dataset) : isPanelChosen(data.panels[line.panel]))) : [];
  const figures = unique(lines.map((line) => line.panel)).map((number) => {
    const panel = data.panels[number];
    const same = lines.filter((line) => data.panels[line.panel].dataset === panel.dataset);
    return curveFigure(view, panel, lines.filter((line) => line.panel === number), limits(view, same));
  });
  const note = document.getElementById("curve-note");
  note.textContent = view ? view.note : "";
  note.hidden = !note.textContent;
  showFigures(place, figures);
  say(lines.length ? `${counted(lines.length, "curve")} in ${counted(figures.length, "figure")}: ${wanted} over ${within(view.x_title)}.`
    : `No curve is chosen, or no run has ${wanted}.`);
}
