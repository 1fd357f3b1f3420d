// What messages do by themselves, on the desk and on the phone: a quote leads to what it quotes,
// and only one recording plays at a time.
(() => {
  document.addEventListener("click", (event) => {
    const quote = event.target.closest("[data-jump]");
    if (!quote) return;
    const target = document.getElementById(quote.hash.slice(1));
    event.preventDefault();
    if (!target) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    target.classList.remove("found");
    requestAnimationFrame(() => target.classList.add("found"));
    setTimeout(() => target.classList.remove("found"), 1600);
  });

  document.addEventListener("play", (event) => {
    for (const other of document.querySelectorAll("audio, video")) {
      if (other !== event.target) other.pause();
    }
  }, true);

  // A file that cannot be shown is still there to be opened.
  document.addEventListener("error", (event) => {
    const image = event.target;
    if (!image.matches?.(".photo img")) return;
    const name = document.createElement("span");
    name.className = "unshown";
    name.textContent = image.alt;
    image.replaceWith(name);
  }, true);
})();
