// What sticks out of its container, or is cut though it is short.
() => {
  const found = [];
  const name = (el) => `${el.tagName.toLowerCase()}.${[...el.classList].join(".")} in ${el.parentElement.className}`;
  if (document.scrollingElement.scrollWidth > innerWidth + 1) found.push("the page itself");
  for (const el of document.body.querySelectorAll("*")) {
    if (el.closest("svg, .unseen, [hidden], dialog") || !el.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(el);
    if (style.position === "absolute" || style.position === "fixed" || style.display === "contents") continue;
    let parent = el.parentElement;
    while (parent && (getComputedStyle(parent).display === "contents" || getComputedStyle(parent).display === "inline")) parent = parent.parentElement;
    const box = el.getBoundingClientRect();
    const room = parent.getBoundingClientRect();
    if (!box.width || !room.width) continue;
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(parent).overflowX);
    if (!scrolls && style.display !== "inline" && (box.right > room.right + 1.5 || box.left < room.left - 1.5)) found.push(`${name(el)}: ${Math.round(box.left)}–${Math.round(box.right)} of ${Math.round(room.left)}–${Math.round(room.right)}`);
    // What is short must be seen whole: states, clocks, numbers, filters.
    if (el.matches(".sla, .badge, time, .filters a, .filters b, .chip:not(.human), .row .tag:not(.human, .line)")) {
      const cut = !el.matches(".badge") && el.scrollWidth > el.clientWidth + 1 && style.display !== "inline";
      const clip = el.closest(".row, .head, .filters");
      const outside = clip && (box.right > clip.getBoundingClientRect().right + 1 || box.left < clip.getBoundingClientRect().left - 1);
      if (cut || outside) found.push(`${name(el)} is cut: ${el.textContent.trim()}`);
    }
  }
  return [...new Set(found)];
}
