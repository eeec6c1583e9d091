// Tables that can be sorted by any column and show only what is chosen.
function columnsOf(table) {
  return [...table.tHead.rows[0].cells].map((cell) => cell.dataset.column);
}

function showRows(table) {
  const columns = columnsOf(table);
  let rows = 0;
  for (const row of table.tBodies[0].rows) {
    const text = (column) => (columns.includes(column) ? row.cells[columns.indexOf(column)].textContent : null);
    const is = (column, part) => text(column) === null || chosen[part].has(text(column));
    row.hidden = !(is("dataset", "dataset") && is("bits", "bits") && is("method", "name") && is("trigger", "trigger"));
    rows += row.hidden ? 0 : 1;
  }
  const wanted = table.dataset.setting === chosen.setting && table.dataset.metric === metric().spec;
  table.closest(".scroll").hidden = !wanted || !rows;
}

// Compare two cells; those without a number come last in both orders.
function compareCells(a, b, sign) {
  const numeric = "value" in a.dataset;
  const [left, right] = [a, b].map((cell) => (numeric ? cell.dataset.value : cell.textContent));
  if (numeric && (left === "" || right === "")) return (left === "") - (right === "");
  return sign * (numeric ? left - right : left.localeCompare(right, "en", {numeric: true}));
}

function sortBy(table, at) {
  const heads = [...table.tHead.rows[0].cells];
  const falling = heads[at].getAttribute("aria-sort") === "ascending";
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => compareCells(a.cells[at], b.cells[at], falling ? -1 : 1));
  table.tBodies[0].append(...rows);
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[at].setAttribute("aria-sort", falling ? "descending" : "ascending");
  say(`Sorted by ${heads[at].textContent}, ${falling ? "largest first" : "smallest first"}.`);
}

function prepareTables() {
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      const button = element("button", {type: "button"}, head.textContent);
      button.addEventListener("click", () => sortBy(table, at));
      head.replaceChildren(button);
    });
  }
}

// Show the pictures of what is chosen.
function showPicture(picture) {
  const {setting, metric: spec, dataset} = picture.dataset;
  picture.hidden = !(setting === chosen.setting && spec === metric().spec && chosen.dataset.has(dataset));
}

function drawTables() {
  document.querySelectorAll("table.sortable").forEach(showRows);
  document.querySelectorAll("figure.picture").forEach(showPicture);
}
