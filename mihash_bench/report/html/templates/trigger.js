// The trigger of one run: Q of the current functions and of those of the table, and the updates.
let followed = "";

function runName(run) {
  const panel = data.panels[run.panel];
  return `${data.series[run.series].name}, ${panel.dataset}, ${panel.bits} bits, trial ${run.trial}`;
}

function triggerFigure(run) {
  const [examples, current, snapshot] = ["examples", "current", "snapshot"].map((name) => Array.from(numbers(run[name])));
  const updated = Array.from(numbers(run.updated));
  const colour = inTheme(data.series[run.series].colour), ink = variable("--quiet");
  const at = updated.flatMap((did, number) => (did ? [number] : []));
  const hover = (what) => `${what}<br>examples: %{x}<br>Q: %{y:.4f}<extra></extra>`;
  const traces = [
    {x: examples, y: snapshot, type: "scatter", mode: "lines", line: {color: ink, dash: "dot", width: 2}, name: "table", hovertemplate: hover("hash functions of the table")},
    {x: examples, y: current, type: "scatter", mode: "lines", line: {color: colour, width: 2}, name: "current", hovertemplate: hover("current hash functions")},
    {x: at.map((number) => examples[number]), y: at.map((number) => current[number]), type: "scatter", mode: "markers", name: "update",
      marker: {color: colour, symbol: "triangle-up", size: 11, line: {color: variable("--paper"), width: 1}}, hovertemplate: hover("update")},
  ];
  const cost = `${run.updates} updates at ${run.decisions} decisions, ${plain(run.bit_recomputations)} bit recomputations`
    + (run.table_s === undefined ? "." : `, ${decimals(run.table_s, 2)} s to rebuild the table.`);
  const rows = () => examples.map((x, number) => [plain(x), decimals(current[number], 4), decimals(snapshot[number], 4), updated[number] ? "yes" : "no"]);
  return {id: "trigger", title: runName(run), text: cost, traces,
    label: `Q of the current hash functions and of the table over the stream, ${runName(run)}. ${cost} The numbers are in a table below.`,
    table: () => [`Decisions, ${runName(run)}`, ["Examples", "Q, current", "Q, table", "Update"], rows()],
    layout: layoutOf(axis("Examples seen", {rangemode: "tozero"}), axis("Q (bits)", {}),
      {showlegend: true, legend: {orientation: "h", yref: "container", y: 0, yanchor: "bottom", x: 0},
        margin: {l: 56, r: 12, t: 30, b: 84}})};
}

function drawTrigger() {
  if (!document.getElementById("trigger")) return;
  const runs = data.triggers.filter((run) => isPanelChosen(data.panels[run.panel]) && isSeriesChosen(data.series[run.series]));
  const options = runs.map((run) => [run.key, runName(run)]);
  if (!runs.some((run) => run.key === followed)) followed = runs.length ? runs[0].key : "";
  const controls = document.getElementById("trigger-choices");
  keepFocus(controls, [select("trigger-run", "Run", options, followed, (value) => { followed = value; drawTrigger(); })]);
  controls.hidden = !runs.length;
  showFigures(document.getElementById("trigger-figures"), runs.filter((run) => run.key === followed).map(triggerFigure));
}
