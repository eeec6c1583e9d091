// The page starts with everything chosen. Tables work without plotly.
function draw() {
  drawTables();
  if (window.Plotly) {
    drawCurves();
    drawQueries();
    drawTrigger();
  }
}

document.documentElement.classList.add("scripted");
prepareTables();
fillChoices(draw);
drawTables();
unpackPlotly().then(() => {
  watchTheme(() => { fillColours(); draw(); });
  draw();
  document.documentElement.dataset.ready = "yes";
}).catch((error) => alertReader(`The figures cannot be drawn by this browser (${error.message}). The tables are complete.`));
