const boxes = document.querySelectorAll("pre, div.math > .katex-display, .table-wrapper, details.eqtest > *");

// A box that scrolls is a stop of the tab key, so that the arrow keys reach all of it; one that does not is none.
function makeStop(box) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}
const stops = new ResizeObserver((entries) => entries.forEach((entry) => makeStop(entry.target)));
for (const box of boxes) stops.observe(box);
document.fonts.addEventListener("loadingdone", () => boxes.forEach(makeStop));

// Paper does not scroll: a display that is wider than its lines, which hold some 40 em, is set as much smaller there.
const lineWidth = 40;
addEventListener("beforeprint", () => {
  for (const box of document.querySelectorAll("div.math > .katex-display")) {
    const width = box.scrollWidth / parseFloat(getComputedStyle(box.firstElementChild).fontSize);
    box.style.setProperty("--print-scale", Math.min(1, lineWidth / width));
  }
});
