// What is wider than the page scrolls, so the keyboard must reach it; on paper nothing scrolls, so it is set smaller.
(function () {
  "use strict";
  const WIDE = ".course-math, .cell_output .output.text_html, .pst-scrollable-table-container";

  function reach() {
    for (const box of document.querySelectorAll(WIDE)) {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", box.matches(".course-math") ? "formula, scrolls" : "table, scrolls");
      } else if (box.getAttribute("role") === "group") {
        ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
      }
    }
  }

  function shrink() {
    for (const box of document.querySelectorAll(".course-math")) {
      const formula = box.querySelector("math");
      if (formula) formula.style.fontSize = Math.min(1.15, 36 / (formula.scrollWidth / 18.4)) + "em";
    }
  }

  window.addEventListener("load", reach);
  window.addEventListener("resize", reach);
  window.addEventListener("beforeprint", shrink);
  window.addEventListener("afterprint", () =>
    document.querySelectorAll(".course-math math").forEach((formula) => formula.style.removeProperty("font-size")),
  );
})();
