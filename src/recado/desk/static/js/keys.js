// The keyboard: j and k (or the arrows) in the list, Enter opens, / searches, h helps with writing,
// Ctrl+Enter sends, Escape leaves a field.
(() => {
  const rows = () => [...document.querySelectorAll("#list [data-row]")];
  const isWriting = (element) => element.closest("input, textarea, select, [contenteditable]");

  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    const open = all.findIndex((row) => row.hasAttribute("aria-current"));
    const from = at >= 0 ? at : open;
    const next = all[Math.max(0, Math.min(all.length - 1, from + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return; // it has keys of its own
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
      event.preventDefault();
      event.target.form?.requestSubmit();
      return;
    }
    if (event.key === "Escape") {
      const open = document.querySelector("details.people[open]");
      if (open) open.open = false;
      else if (isWriting(event.target)) event.target.blur();
      else document.getElementById("conversation-details")?.classList.remove("shown");
      return;
    }
    if (isWriting(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const inList = event.target.closest("#list") || event.target === document.body;
    if (event.key === "/") {
      const search = document.getElementById("q");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (event.key === "j" || (event.key === "ArrowDown" && inList)) {
      event.preventDefault();
      move(1);
    } else if (event.key === "k" || (event.key === "ArrowUp" && inList)) {
      event.preventDefault();
      move(-1);
    } else if (event.key === "h") {
      const button = document.querySelector("[data-writing-open]");
      if (button) {
        event.preventDefault();
        button.click();
      }
    } else if (event.key === "r") {
      const area = document.getElementById("text");
      if (area) {
        event.preventDefault();
        area.focus();
      }
    }
  });
})();
