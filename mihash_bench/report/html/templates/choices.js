// What the reader has chosen, and the controls for it. Controls with a single value are left out.
const chosen = {setting: data.settings[0], base: data.metrics[0].base, ties: data.metrics[0].ties, x: "",
  dataset: new Set(), bits: new Set(), name: new Set(), trigger: new Set()};

function metric() {
  const of = data.metrics.filter((each) => each.base === chosen.base);
  return of.find((each) => each.ties === chosen.ties) || of[0];
}

function isPanelChosen(panel) {
  return panel.setting === chosen.setting && chosen.dataset.has(panel.dataset) && chosen.bits.has(String(panel.bits));
}

function isSeriesChosen(series) {
  return series.setting === chosen.setting && chosen.name.has(series.name) && chosen.trigger.has(series.trigger);
}

function select(id, title, options, value, changed) {
  const control = element("select", {id});
  for (const [name, text] of options) control.append(element("option", {value: name, selected: name === value}, text));
  control.addEventListener("change", () => changed(control.value));
  return element("div", {class: "field"}, element("label", {for: id}, title), control);
}

function boxes(title, part, options, changed) {
  const group = element("fieldset", {}, element("legend", {}, title));
  for (const {value, text, sample} of options) {
    const box = element("input", {type: "checkbox", name: part, value, checked: true});
    box.addEventListener("change", () => {
      if (box.checked) chosen[part].add(value); else chosen[part].delete(value);
      changed();
    });
    group.append(element("label", {}, box, ...(sample ? [sample] : []), text));
  }
  return group;
}

// Return a short line with a marker, as in the figures.
function sample(series) {
  const space = "http://www.w3.org/2000/svg";
  const image = document.createElementNS(space, "svg");
  const attributes = {width: 30, height: 12, viewBox: "0 0 30 12", "aria-hidden": "true"};
  for (const [name, value] of Object.entries(attributes)) image.setAttribute(name, value);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M0 6H30");
  path.setAttribute("stroke", series.colour ? inTheme(series.colour) : "currentColor");
  path.setAttribute("stroke-width", "3");
  if (series.dash !== "solid") path.setAttribute("stroke-dasharray", "7 4");
  image.append(path);
  return image;
}

function axesOfSetting() {
  const has = new Set(data.views.filter((view) => view.setting === chosen.setting).map((view) => view.x));
  return data.axes.filter((axis) => has.has(axis.column));
}

// Fill the form for the chosen setting, and choose everything in it.
function fillChoices(changed) {
  const form = document.getElementById("choices");
  const refill = () => { fillChoices(changed); changed(); };
  const panels = data.panels.filter((panel) => panel.setting === chosen.setting);
  const series = data.series.filter((each) => each.setting === chosen.setting);
  const axes = axesOfSetting();
  if (!axes.some((axis) => axis.column === chosen.x)) chosen.x = axes[0].column;
  const parts = {
    dataset: ["Datasets", unique(panels.map((panel) => panel.dataset)).map((value) => ({value, text: value}))],
    bits: ["Code lengths", unique(panels.map((panel) => String(panel.bits))).map((value) => ({value, text: `${value} bits`}))],
    name: ["Methods", unique(series.map((each) => each.name)).map((value) => ({value, text: value,
      sample: sample({...series.find((each) => each.name === value), dash: "solid"})}))],
    trigger: ["Trigger", unique(series.map((each) => each.trigger)).map((value) => ({value, text: value,
      sample: sample(series.filter((each) => each.trigger === value).map((each) => ({dash: each.dash}))[0])}))],
  };
  form.replaceChildren();
  if (data.settings.length > 1) {
    const options = data.settings.map((name) => [name, name]);
    form.append(select("setting", "Setting", options, chosen.setting, (value) => { chosen.setting = value; refill(); }));
  }
  const bases = unique(data.metrics.map((each) => each.base)).map((name) => [name, name]);
  form.append(select("metric", "Metric", bases, chosen.base, (value) => { chosen.base = value; refill(); }));
  const ties = data.metrics.filter((each) => each.base === chosen.base && each.ties).map((each) => [each.ties, each.ties]);
  if (ties.length) {
    if (!ties.some(([name]) => name === chosen.ties)) chosen.ties = ties[0][0];
    form.append(select("ties", "Order of ties", ties, chosen.ties, (value) => { chosen.ties = value; changed(); }));
  }
  const options = axes.map((axis) => [axis.column, axis.title]);
  form.append(select("x", "X axis", options, chosen.x, (value) => { chosen.x = value; changed(); }));
  for (const [part, [title, values]] of Object.entries(parts)) {
    chosen[part] = new Set(values.map((each) => each.value));
    if (values.length > 1 || (part === "name")) form.append(boxes(title, part, values, changed));
  }
}

// Give the samples of the methods the colours of the theme.
function fillColours() {
  for (const box of document.querySelectorAll('#choices input[name="name"]')) {
    const series = data.series.find((each) => each.setting === chosen.setting && each.name === box.value);
    box.parentElement.querySelector("path").setAttribute("stroke", inTheme(series.colour));
  }
}
