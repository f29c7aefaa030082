const boxes = document.querySelectorAll("pre, div.math > .katex-display, .table-wrapper, details.eqtest > *");

// A box that scrolls is a stop of the tab key, so that the arrow keys reach all of it; one that does not is none.
const stops = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of boxes) stops.observe(box);

// Paper does not scroll: a display that is wider than its lines, which hold some 40 em, is set as much smaller there.
const lineWidth = 40;
addEventListener("beforeprint", () => {
  for (const box of document.querySelectorAll("div.math > .katex-display")) {
    const width = box.scrollWidth / parseFloat(getComputedStyle(box.firstElementChild).fontSize);
    box.style.setProperty("--print-scale", Math.min(1, lineWidth / width));
  }
});
