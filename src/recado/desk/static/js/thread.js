// The open conversation: it stays at its newest message unless one has scrolled up, older ones
// come in above without a jump.
(() => {
  const scroller = () => document.getElementById("scroll");
  const nearEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const toEnd = (box) => {
    box.scrollTop = box.scrollHeight;
  };
  let held = null;

  const grow = (area) => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 180)}px`;
  };

  window.recado.grow = grow;
  window.recado.toEnd = () => scroller() && toEnd(scroller());

  const watchEnd = () => {
    const box = scroller();
    if (!box || box.dataset.watched) return;
    box.dataset.watched = "yes";
    const button = document.querySelector("[data-to-end]");
    // What a search has led to; everybody else begins at the end.
    const found = box.dataset.found && box.querySelector(`[data-key^="${box.dataset.found}0"]`);
    box.addEventListener("scroll", () => {
      button.hidden = nearEnd(box);
    }, { passive: true });
    // What is below the last line may grow (a details, an on-screen keyboard): stay at the end.
    let pinned = !found;
    box.addEventListener("scroll", () => { pinned = nearEnd(box); }, { passive: true });
    new ResizeObserver(() => pinned && toEnd(box)).observe(box);
    if (!found) return toEnd(box);
    found.classList.add("found");
    found.scrollIntoView({ block: "center" });
    button.hidden = nearEnd(box);
  };

  document.body.addEventListener("recado:merging", () => {
    const box = scroller();
    held = box && { box, end: nearEnd(box), height: box.scrollHeight, top: box.scrollTop, first: firstVisible(box) };
  });

  const firstVisible = (box) => {
    const top = box.getBoundingClientRect().top;
    for (const line of box.querySelectorAll(".thread > [data-at]")) {
      const rect = line.getBoundingClientRect();
      if (rect.bottom > top) return { id: line.id, offset: rect.top - top };
    }
    return null;
  };

  document.body.addEventListener("recado:merged", () => {
    if (!held || held.box !== scroller()) return;
    const { box, end, first } = held;
    if (end) return toEnd(box);
    const line = first && document.getElementById(first.id);
    if (line) box.scrollTop += line.getBoundingClientRect().top - box.getBoundingClientRect().top - first.offset;
  });
  document.body.addEventListener("recado:typing", () => {
    const box = scroller();
    if (box && nearEnd(box)) requestAnimationFrame(() => toEnd(box));
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-to-end]") && scroller()) toEnd(scroller());
    const toggle = event.target.closest("[data-toggle='details']");
    if (toggle) {
      const details = document.getElementById("conversation-details");
      const shown = details.classList.toggle("shown");
      for (const button of document.querySelectorAll(".head [data-toggle='details']")) button.setAttribute("aria-expanded", shown);
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches(".composer textarea, .phone-composer textarea")) grow(event.target);
  });

  const settle = () => {
    watchEnd();
    // Which row of the list is open.
    for (const link of document.querySelectorAll("[data-row]")) {
      const open = new URL(link.href).pathname === location.pathname;
      if (open) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  document.body.addEventListener("htmx:afterSettle", settle);
  document.body.addEventListener("htmx:pushedIntoHistory", settle);
  document.body.addEventListener("recado:merged", settle);
  settle();
})();
