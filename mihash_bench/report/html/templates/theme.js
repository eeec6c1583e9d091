// Light and dark colours: as the system has them, or as the reader chooses. Paper is always light.
const dark = matchMedia("(prefers-color-scheme: dark)");
const chooser = document.getElementById("theme");
let printing = false;

function isDark() {
  if (printing) return false;
  return chooser.value === "dark" || (chooser.value === "auto" && dark.matches);
}

function variable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Return a colour of a line, mixed with white on a dark page.
function inTheme(colour) {
  if (!isDark()) return colour;
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const white = Math.max(...parts) < 40 ? 0.85 : 0.3;
  return "#" + parts.map((part) => Math.round(part + (255 - part) * white).toString(16).padStart(2, "0")).join("");
}

function watchTheme(redraw) {
  chooser.addEventListener("change", () => {
    document.documentElement.dataset.theme = chooser.value;
    redraw();
  });
  dark.addEventListener("change", redraw);
  addEventListener("beforeprint", () => { printing = true; redraw(); });
  addEventListener("afterprint", () => { printing = false; redraw(); });
}
