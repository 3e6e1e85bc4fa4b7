// What the page does in the browser: draw figures, send clicks, show what comes back. No network of its own.
(() => {
  "use strict";
  let send = null;
  const figures = {};

  const drawable = (id) => document.getElementById("c-" + id);

  function draw(id) {
    const place = drawable(id);
    if (!place || !window.Plotly || !figures[id]) return;
    const { data, layout } = figures[id];
    const narrow = window.innerWidth < 600;
    const fitted = { ...layout, autosize: true };
    delete fitted.width;
    if (narrow) fitted.font = { ...(layout.font || {}), size: 11 };
    place.style.height = (layout.height || 380) + "px";
    window.Plotly.react(place, data, fitted, {
      responsive: true, displaylogo: false, scrollZoom: false,
      displayModeBar: !narrow, modeBarButtons: [["toImage"]],
    }).then(() => { place.dataset.drawn = "1"; });
  }

  function drawAll() { Object.keys(figures).forEach(draw); }

  // One block replaced: open tables stay open, the keyboard stays where it was.
  function place(name, part) {
    const block = document.getElementById("v-" + name);
    if (!block) return;
    const focused = document.activeElement && document.activeElement.id;
    const open = [...block.querySelectorAll("details[open][id]")].map((d) => d.id);
    const chart = drawable(name);
    if (chart && window.Plotly) window.Plotly.purge(chart);
    block.innerHTML = part.html;
    open.forEach((id) => { const d = document.getElementById(id); if (d) d.open = true; });
    if (focused && !document.activeElement.id) {
      const again = document.getElementById(focused);
      if (again) again.focus({ preventScroll: true });
    }
    if (part.figure) { figures[name] = JSON.parse(part.figure); draw(name); } else { delete figures[name]; }
  }

  function save(file) {
    const raw = Uint8Array.from(atob(file.data), (c) => c.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([raw], { type: file.mime }));
    link.download = file.file;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function receive(message) {
    if (message.file) { save(message); return; }
    Object.entries(message.blocks || {}).forEach(([name, part]) => place(name, part));
    if (message.other) document.getElementById("other").setAttribute("href", message.other);
    if (message.links) message.links.forEach((href, i) => {
      const link = document.querySelectorAll("header nav a")[i];
      if (link) link.setAttribute("href", href);
    });
    const said = document.getElementById("say");
    said.textContent = said.dataset.updated;
    document.body.dataset.shown = message.search || "";
    if (message.scroll) {
      const target = document.getElementById(message.scroll);
      if (target && target.innerHTML) target.scrollIntoView({ block: "start" });
    }
  }

  function go(search, push) {
    if (!send) { window.location.search = search; return; }
    if (push) history.pushState({}, "", window.location.pathname + search);
    send({ search });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-go]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0 && send) {
      event.preventDefault();
      go(new URL(link.href, window.location.href).search || "?", true);
      return;
    }
    const button = event.target.closest("button[data-export]");
    if (button && send) send({ export: button.dataset.export, block: button.dataset.block, kind: button.dataset.kind });
  });

  function searchOf(form) {
    const asked = new URLSearchParams();
    new FormData(form).forEach((value, key) => {
      if (value !== "" && !(key === "lang" && value === "zh")) asked.append(key, value);
    });
    return "?" + asked.toString();
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-go]");
    if (form) go(searchOf(form), true);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-go]");
    if (form) { event.preventDefault(); go(searchOf(form), true); }
  });
  window.addEventListener("popstate", () => go(window.location.search || "?", false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement.classList.contains("term")) document.activeElement.blur();
  });

  window.ybPage = {
    receive,
    connect(up) { send = up; document.body.dataset.ready = "1"; },
  };

  Object.assign(figures, JSON.parse(document.getElementById("charts").textContent));
  drawAll();
})();
