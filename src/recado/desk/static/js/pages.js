// Small helps on the other pages: asking before what cannot be undone, copying, dropping files.
(() => {
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset?.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.type = "text";
      field.select();
      document.execCommand("copy");
    }
    window.recado.toast(window.recado.words.copied);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-back]")) history.back();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]") && event.target.value) event.target.form.requestSubmit();
  });
  for (const zone of document.querySelectorAll("[data-drop]")) {
    const over = (is) => (event) => {
      event.preventDefault();
      zone.classList.toggle("over", is);
    };
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      const input = zone.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  // A menu closes when one clicks beside it.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.people[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
})();
