// ipywidgets draws a slider's name beside it and tells the browser nothing of it; nor has its picture a text.
// Runs in the `onload` of an image inside the widget: a script of an HTML widget would not run.
const tell = (box, alt) => {
  for (const part of box.children) {
    const name = part.querySelector("label")?.textContent;
    const handle = part.querySelector("[role=slider]");
    const readout = part.querySelector(".widget-readout");
    if (handle) {
      handle.setAttribute("aria-label", name);
      // A slider over a list counts its places: what is read aloud should be what is written.
      handle.setAttribute("aria-valuetext", readout.textContent);
    }
    if (readout?.isContentEditable) {
      readout.setAttribute("role", "textbox");
      readout.setAttribute("aria-label", name);
    }
    if (part.matches(".widget-toggle-buttons")) {
      const group = part.querySelector("button")?.parentElement;
      group?.setAttribute("role", "group");
      group?.setAttribute("aria-label", name);
      for (const button of part.querySelectorAll("button")) {
        button.setAttribute("aria-pressed", button.matches(".mod-active"));
      }
    }
    if (part.matches("img.widget-image")) {
      part.alt = alt.textContent;
      alt.setAttribute("aria-hidden", "true"); // or it would be read twice
    }
  }
};
const begin = (patience) => {
  const box = this.closest(".widget-vbox");
  if (box) {
    const alt = this.previousElementSibling;
    // Parts arrive one by one, and a moved slider writes its value anew. What `tell` sets is not watched.
    const watched = { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] };
    new MutationObserver(() => tell(box, alt)).observe(box, watched);
    tell(box, alt);
  } else if (patience) setTimeout(begin, 100, patience - 1);
};
begin(100);
