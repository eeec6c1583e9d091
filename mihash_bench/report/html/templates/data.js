// The data of the page, and elements made from it. Texts become text nodes, never markup.
const data = JSON.parse(document.getElementById("data").textContent);
const kinds = {Float64Array, Float32Array, Int32Array, Uint8Array};
const decoded = new Map();

// Return an array of numbers by its place.
function numbers(place) {
  if (!decoded.has(place)) {
    const [kind, text] = data.arrays[place];
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    decoded.set(place, new kinds[kind](bytes.buffer));
  }
  return decoded.get(place);
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

function unique(values) {
  return [...new Set(values)];
}

// Say what has changed to readers of the screen.
function say(text) {
  document.getElementById("said").textContent = text;
}

function alertReader(text) {
  const place = document.getElementById("alert");
  place.textContent = text;
  place.hidden = false;
}

// Return a title as it is within a sentence.
function within(title) {
  return title.slice(0, 1).toLowerCase() + title.slice(1);
}

function counted(number, what) {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function decimals(value, digits) {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}

function plain(value) {
  return Number.isFinite(value) ? value.toLocaleString("en", {maximumFractionDigits: 3}) : "–";
}
