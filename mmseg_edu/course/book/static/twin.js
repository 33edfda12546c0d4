// Lets the reader step through the precomputed frames of a slider. Without this script the strip of frames shows.
(function () {
  "use strict";

  function make(tag, attributes, text) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    if (text) element.textContent = text;
    return element;
  }

  function enliven(box, serial) {
    const strip = box.querySelector("img");
    const { question, frames } = JSON.parse(box.dataset.twin);
    const canvas = make("canvas", { role: "img" });
    const id = "twin-" + serial;
    const range = make("input", { type: "range", id: id, min: 0, max: frames.length - 1, step: 1, value: 0 });
    const output = make("output", { for: id });

    function draw() {
      const { label, box: place } = frames[Number(range.value)];
      const density = strip.naturalWidth / Number(strip.getAttribute("width"));
      const [x, y, w, h] = place.map((length) => length * density);
      canvas.width = w;
      canvas.height = h;
      canvas.style.width = place[2] + "px";
      canvas.getContext("2d").drawImage(strip, x, y, w, h, 0, 0, w, h);
      canvas.setAttribute("aria-label", strip.alt + " Here: " + label + ".");
      range.setAttribute("aria-valuetext", label);
      output.textContent = label;
    }

    const live = make("div", { class: "twin-live" });
    const control = make("div", { class: "twin-control" });
    const name = make("label", { class: "twin-question", for: id }, question || "Step through the frames");
    control.append(range, output);
    live.append(name, control, canvas);
    const all = make("details");
    all.append(make("summary", {}, "all frames side by side"));
    box.prepend(live);
    box.append(all);
    all.append(strip);
    range.addEventListener("input", draw);
    draw();
  }

  function start() {
    document.querySelectorAll(".course-twin").forEach(function (box, serial) {
      const strip = box.querySelector("img");
      if (strip.complete && strip.naturalWidth) enliven(box, serial);
      else strip.addEventListener("load", () => enliven(box, serial), { once: true });
    });
    window.addEventListener("beforeprint", () =>
      document.querySelectorAll(".course-twin details").forEach((all) => (all.open = true)),
    );
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
