"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const [language, state, named, shown] = ["language", "state", "name", "shown"].map(one);
  const videos = all(".video");
  const matrix = one("matrix");
  const tags = [...language.options].slice(1).map((option) => option.value);
  const figures = new WeakMap();

  function filter() {
    const text = named.value.trim().toLowerCase();
    let seen = 0;
    let whole = 0;
    videos.forEach((video, index) => {
      const fits = video.querySelector("h3").textContent.includes(text);
      const rows = all("tbody tr", video);
      const kept = rows.filter((row) => {
        const wanted = fits && (!language.value || row.dataset.l === language.value)
          && (!state.value || row.cells[1].classList.contains(state.value));
        row.hidden = !wanted;
        const check = one("c" + row.id);
        if (check) check.hidden = !wanted;
        const figure = figures.get(row);
        if (figure) {
          figure.hidden = !wanted;
          if (!wanted) all("video", figure).forEach((player) => player.pause());
        }
        return wanted;
      }).length;
      seen += kept;
      whole += rows.length;
      video.hidden = !kept;
      if (video.hidden) all("video", video).forEach((player) => player.pause());
      const line = matrix.tBodies[0].rows[index];
      line.hidden = !kept;
      for (const cell of all("td", line)) {
        cell.classList.toggle("other", Boolean(state.value) && !cell.classList.contains(state.value));
      }
    });
    if (matrix) {
      for (const line of matrix.rows) {
        tags.forEach((tag, column) => {
          line.cells[column + 1].hidden = Boolean(language.value) && tag !== language.value;
        });
      }
    }
    shown.textContent = `${seen} of ${whole} targets shown`;
  }

  function captioned(player, link, row) {
    const track = document.createElement("track");
    track.kind = "captions";
    track.label = row ? row.cells[0].firstChild.textContent.trim() : "";
    track.srclang = row ? row.dataset.l : "";
    track.default = true;
    const own = link.dataset.t;
    track.src = own ? "data:text/vtt;charset=utf-8," + encodeURIComponent(own) : link.href;
    // Captions from another host need its leave; without it the video must play all the same.
    if (!own && /^https?:/.test(link.href)) player.crossOrigin = "anonymous";
    track.addEventListener("error", () => tell(player, "The captions cannot be loaded from here: localize pull, then write the report again."));
    player.append(track);
  }

  function tell(player, text) {
    const figure = player.parentNode;
    if (!figure || figure.lastChild.textContent === text) return;
    const note = document.createElement("p");
    note.setAttribute("role", "status");
    note.className = "note";
    note.textContent = text;
    figure.append(note);
  }

  function failed(player) {
    if (player.crossOrigin !== null) {
      player.removeAttribute("crossorigin");
      player.load();
    } else {
      tell(player, "This cannot be played here: the link may have ended, or the file moved.");
    }
  }

  function figure(video, link, track, row) {
    const whole = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const player = document.createElement("video");
    caption.textContent = row ? row.cells[0].firstChild.textContent + row.dataset.l : "Source";
    player.controls = true;
    player.preload = "metadata";
    player.playsInline = true;
    player.setAttribute("aria-label", `${video.querySelector("h3").textContent}, ${caption.textContent}`);
    if (track) captioned(player, track, row);
    player.addEventListener("error", () => failed(player));
    player.src = link.href;
    whole.append(caption, player);
    if (row) {
      figures.set(row, whole);
      whole.hidden = row.hidden;
    }
    return whole;
  }

  function toggle(button) {
    const video = button.closest(".video");
    const players = one(button.getAttribute("aria-controls"));
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    players.hidden = open;
    if (open) {
      for (const player of all("video", players)) {
        player.pause();
        player.removeAttribute("src");
      }
      players.replaceChildren();
      all("tbody tr", video).forEach((row) => figures.delete(row));
      return;
    }
    for (const link of all(".source a", video)) players.append(figure(video, link));
    for (const row of all("tbody tr", video)) {
      const link = row.querySelector("[data-p]");
      if (link) players.append(figure(video, link, row.querySelector("[data-t]"), row));
    }
  }

  for (const video of videos) {
    const button = video.querySelector(".play");
    button.hidden = !video.querySelector("[data-p]");
    button.addEventListener("click", () => toggle(button));
  }
  // Two voices at once help nobody.
  document.addEventListener("play", (event) => {
    for (const player of all("video")) if (player !== event.target) player.pause();
  }, true);
  for (const link of all("[data-x]")) {
    if (Date.now() > 1000 * Number(link.dataset.x)) link.textContent = "ended: localize refresh";
  }
  for (const control of [language, state]) control.addEventListener("change", filter);
  named.addEventListener("input", filter);
  one("reset").addEventListener("click", () => {
    language.value = state.value = named.value = "";
    filter();
  });
  // A link to what the filter hides shows all.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (target && (target.hidden || target.closest("[hidden]"))) one("reset").click();
  });
  if (matrix) {
    one("filter").hidden = false;
    filter();
  }
})();
