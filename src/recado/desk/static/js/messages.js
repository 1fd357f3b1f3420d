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

  // The waveform above a recording's player: how far it has played, and a way to any part of it.
  const playerOf = (wave) => wave.nextElementSibling?.querySelector("audio");
  document.addEventListener("timeupdate", (event) => {
    const wave = event.target.closest(".sound")?.previousElementSibling;
    if (!wave?.matches("[data-wave]")) return;
    const played = event.target.ended ? 0 : event.target.currentTime / (event.target.duration || 1);
    [...wave.children].forEach((bar, at) => bar.classList.toggle("played", at < played * wave.children.length));
  }, true);
  document.addEventListener("click", (event) => {
    const wave = event.target.closest("[data-wave]");
    const player = wave && playerOf(wave);
    if (!player || !Number.isFinite(player.duration)) return;
    const box = wave.getBoundingClientRect();
    player.currentTime = player.duration * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  });

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
