// A picture to draw on: ipywidgets tells the kernel nothing of a pointer on an image. Strokes go into the text field
// below the picture, as they would be typed, one at a time: Python empties it when it has taken one.
// Runs in the `onload` of an image inside the widget: a script of an HTML widget would not run.
const prepare = (box, alt) => {
  const [picture, ...others] = box.querySelectorAll("img.widget-image");
  const field = box.querySelector(".widget-text input");
  if (!picture || !field) return false;
  picture.alt = alt.textContent;
  for (const other of others) other.alt = ""; // the text says what both show
  alt.setAttribute("aria-hidden", "true"); // or it would be read twice
  field.setAttribute("aria-label", "stroke");
  const pad = document.createElement("canvas"); // lies over the picture, and is what one draws on
  pad.tabIndex = 0;
  pad.setAttribute("role", "application");
  pad.setAttribute("aria-label", "Draw: the arrow keys move the pen, the space bar sets it down and lifts it.");
  pad.style.cssText = "position:absolute;touch-action:none;cursor:crosshair";
  picture.parentElement.style.position = "relative";
  picture.after(pad);
  const pen = pad.getContext("2d");
  const waiting = []; // lines that Python has not taken
  let line = [];
  let down = false;
  let at = [50, 50];
  const draw = () => {
    pad.style.left = `${picture.offsetLeft}px`;
    pad.style.top = `${picture.offsetTop}px`;
    pad.width = picture.clientWidth;
    pad.height = picture.clientHeight;
    const spot = ([x, y]) => [(x * pad.width) / 100, (y * pad.height) / 100];
    for (const [width, color] of [[5, "#ffffff"], [2, "#000000"]]) {
      pen.lineWidth = width;
      pen.strokeStyle = color;
      pen.beginPath();
      for (const points of [...waiting, line]) points.forEach((point, i) => (i ? pen.lineTo : pen.moveTo).apply(pen, spot(point)));
      if (document.activeElement === pad && !pad.matches(":active")) {
        const [x, y] = spot(at);
        pen.moveTo(x - 8, y);
        pen.lineTo(x + 8, y);
        pen.moveTo(x, y - 8);
        pen.lineTo(x, y + 8);
      }
      pen.stroke();
    }
  };
  let sent = false; // the first of those that wait is in the field
  const send = () => {
    if (sent && field.value === "") {
      sent = false;
      waiting.shift();
      draw();
    }
    if (!sent && waiting.length && field.value === "") {
      sent = true;
      field.value = waiting[0].map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join(", ");
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (waiting.length) setTimeout(send, 50);
  };
  const finish = () => {
    const idle = !waiting.length;
    if (down) waiting.push(line);
    line = [];
    down = false;
    draw();
    if (idle) send();
  };
  const forget = () => {
    line = [];
    down = false;
    draw();
  };
  const inside = (value) => Math.min(Math.max(value, 0), 100);
  const place = (event) => {
    const frame = pad.getBoundingClientRect();
    const across = (100 * (event.clientX - frame.left)) / frame.width;
    const below = (100 * (event.clientY - frame.top)) / frame.height;
    return [inside(across), inside(below)];
  };
  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pad.setPointerCapture(event.pointerId);
    down = true;
    line = [(at = place(event))];
    draw();
  });
  pad.addEventListener("pointermove", (event) => {
    if (!down || !pad.hasPointerCapture(event.pointerId)) return;
    const next = place(event);
    const last = line[line.length - 1];
    if (Math.hypot(next[0] - last[0], next[1] - last[1]) < 0.5) return;
    line.push((at = next));
    draw();
  });
  pad.addEventListener("pointerup", finish);
  pad.addEventListener("pointercancel", forget);
  pad.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 10 : 2;
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key in ways) {
      at = at.map((value, i) => inside(value + ways[event.key][i]));
      if (down) line.push(at);
      draw();
    } else if (event.key === " " && down) finish();
    else if (event.key === " ") {
      down = true;
      line = [at];
      draw();
    } else if (event.key === "Escape") forget();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has its own ideas of these keys
  });
  for (const change of ["focus", "blur"]) pad.addEventListener(change, draw);
  picture.addEventListener("load", draw);
  new ResizeObserver(draw).observe(picture);
  draw();
  return true;
};
const begin = (patience) => {
  const box = this.closest(".widget-vbox");
  const ready = box && prepare(box, this.parentElement.querySelector("span"));
  if (!ready && patience) setTimeout(begin, 100, patience - 1);
};
begin(100);
