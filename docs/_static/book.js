const boxes = "pre, div.math > .katex-display, figure.full-size, .table-wrapper, .eqtest-instance, details.eqtest > :not(.eqtest-row)";

// A box that scrolls is a stop of the tab key, so that the arrow keys reach all of it; one that does not is none.
// All are measured before any is changed: a change makes the next measure lay the page out anew.
function makeStops(changed) {
  const scrolls = changed.map((box) => box.scrollWidth > box.clientWidth);
  changed.forEach((box, index) => {
    if (scrolls[index] == box.hasAttribute("tabindex")) return;
    if (scrolls[index]) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
}
const laidOut = new Set();
const stops = new ResizeObserver((entries) => {
  const changed = entries.map((entry) => entry.target);
  changed.forEach((box) => laidOut.add(box));
  makeStops(changed);
});
for (const box of document.querySelectorAll(boxes)) stops.observe(box);
document.fonts.addEventListener("loadingdone", () => makeStops([...laidOut]));

// What a closed mark folds away is text; elements are made of it when it is opened.
function unfold({ target }) {
  for (const folded of target.querySelectorAll("details.eqtest > noscript")) folded.outerHTML = folded.textContent;
  for (const box of target.querySelectorAll(boxes)) stops.observe(box);
}
addEventListener("toggle", unfold, true);
for (const target of document.querySelectorAll("details[open]")) unfold({ target }); // before the script came

// What the stylesheet leaves out while the page loads is laid out in the pauses after that, so that nothing moves later:
// part by part, as a phone takes long for some of them and has to answer its reader in between.
const waiting = [...document.querySelectorAll("article .later")];
function layOutMore() {
  waiting.shift()?.classList.add("laid-out");
  if (waiting.length) pause(layOutMore);
}
const pause = self.requestIdleCallback ?? setTimeout; // Safari has no idle callbacks
addEventListener("load", () => pause(layOutMore));
addEventListener("click", ({ target }) => {
  if (target.closest("a[href^='#']")) document.documentElement.classList.add("to-place");
}, true);

// Paper does not scroll: a display that is wider than its lines, which hold some 40 em, is set as much smaller there.
const lineWidth = 40;
addEventListener("beforeprint", () => {
  for (const box of document.querySelectorAll("div.math > .katex-display")) {
    const width = box.scrollWidth / parseFloat(getComputedStyle(box.firstElementChild).fontSize);
    box.style.setProperty("--print-scale", Math.min(1, lineWidth / width));
  }
});
