// Photos and stickers open over the page: arrow keys go through those of the conversation, Escape
// or a click beside it closes, and the focus goes back to where it was.
(() => {
  const box = document.getElementById("lightbox");
  if (!box) return;
  const image = new Image();
  box.querySelector("figure").prepend(image);
  const find = (selector) => box.querySelector(selector);
  let thread = null;
  let at = "";

  const links = () => [...thread.querySelectorAll("a.photo[href]")].filter((link) => link.querySelector("img"));
  const show = (link) => {
    const shown = link.querySelector("img");
    at = link.href;
    image.src = link.href;
    image.alt = shown.alt;
    image.classList.toggle("sticker", link.classList.contains("sticker"));
    find("figcaption").textContent = link.closest(".bubble")?.querySelector(":scope > .text")?.textContent || "";
    find("a").href = link.href;
    const all = links();
    find("[data-of]").textContent = `${all.indexOf(link) + 1} / ${all.length}`;
    for (const button of box.querySelectorAll("[data-step]")) button.hidden = all.length < 2;
  };
  const step = (by) => {
    const all = links();
    const here = all.findIndex((link) => link.href === at);
    if (all.length) show(all[(Math.max(0, here) + by + all.length) % all.length]);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.photo");
    if (!link?.querySelector("img") || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    thread = link.closest("ol") || document.body;
    show(link);
    box.showModal();
    find("[data-close]").focus();
  });
  box.addEventListener("click", (event) => {
    const by = event.target.closest("[data-step]")?.dataset.step;
    if (by) step(Number(by));
    else if (event.target !== image && !event.target.closest("a, figcaption")) box.close();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    step(event.key === "ArrowLeft" ? -1 : 1);
  });
  box.addEventListener("close", () => {
    image.removeAttribute("src");
    // The line may have been drawn anew meanwhile.
    if (!document.activeElement || document.activeElement === document.body) links().find((link) => link.href === at)?.focus();
  });
})();
