// What goes along with a text of the team: the message that it answers, and a file (chosen,
// dropped or pasted). And the menu of a message: react, answer, copy.
(() => {
  const MAX_BYTES = 20 * 1024 * 1024;
  const find = (selector, root = document) => root.querySelector(selector);
  const composer = () => find("[data-composer]");
  // composer.js keeps it with the draft.
  const tell = () => composer().dispatchEvent(new CustomEvent("recado:drafted", { bubbles: true }));

  const sizeOf = (bytes) => bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

  const answer = (next) => {
    const form = composer();
    find("[data-answers]", form).value = next?.id || "";
    find("[data-answered]", form).hidden = !next;
    if (next) find("[data-answered-text]", form).textContent = next.shown;
    tell();
  };

  const attach = (file) => {
    const form = composer();
    const input = find("[data-file-of-reply]", form);
    const strip = find("[data-attached]", form);
    if (!input) return;
    if (file && file.size > MAX_BYTES) {
      window.recado.toast(input.dataset.tooBig, "bad");
      file = null;
    }
    const files = new DataTransfer();
    if (file) files.items.add(file);
    input.files = files.files;
    strip.hidden = !file;
    const shown = find("img", strip);
    if (shown) URL.revokeObjectURL(shown.src);
    shown?.remove();
    tell();
    if (!file) return;
    if (file.type.startsWith("image/")) {
      const image = Object.assign(new Image(), { alt: "", src: URL.createObjectURL(file) });
      image.addEventListener("error", () => image.remove());
      strip.prepend(image);
    }
    find("[data-attached-name]", strip).textContent = file.name;
    find("[data-attached-size]", strip).textContent = sizeOf(file.size);
    find("textarea", form).focus();
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-file-of-reply]")) attach(event.target.files[0]);
  });

  document.addEventListener("paste", (event) => {
    const file = event.target.closest?.("[data-composer]") && event.clipboardData?.files[0];
    if (!file) return;
    event.preventDefault();
    attach(file);
  });
  const isFile = (event) => event.dataTransfer?.types.includes("Files") && event.target.closest?.("#conversation");
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const pane = find("#conversation");
      pane?.classList.toggle("dropping", name === "dragover" && Boolean(isFile(event)));
      if (name === "dragleave" || !isFile(event)) return;
      event.preventDefault();
      if (name === "drop") attach(event.dataTransfer.files[0]);
    });
  }

  window.recado.attached = { answer, attach };

  // The menu of a message.
  let opener = null;
  const openTools = (button) => {
    const menu = find("#message-tools");
    opener = button;
    const copy = find("[data-tool=copy]", menu);
    copy.hidden = !button.dataset.text;
    const translate = find("[data-tool=translate]", menu);
    if (translate) translate.hidden = !button.dataset.text;
    for (const one of menu.querySelectorAll("[data-give]")) one.setAttribute("aria-pressed", one.dataset.give === button.dataset.given);
    if (![...menu.querySelectorAll("button")].some((one) => !one.hidden)) return;
    menu.showPopover();
    const at = button.getBoundingClientRect();
    const { width, height } = menu.getBoundingClientRect();
    const below = at.bottom + 6 + height < innerHeight;
    menu.style.top = `${Math.max(8, below ? at.bottom + 6 : at.top - height - 6)}px`;
    menu.style.left = `${Math.max(8, Math.min(innerWidth - width - 8, at.left + at.width / 2 - width / 2))}px`;
    find("button:not([hidden])", menu).focus({ preventScroll: true });
  };
  const closeTools = () => {
    const menu = find("#message-tools");
    if (menu?.matches(":popover-open")) menu.hidePopover();
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  };
  const DO = {
    answer: ({ tools, shown }, line) => {
      find("[data-composer] input[value=reply]").click();
      answer({ id: tools, shown: shown || line?.querySelector(".file strong, .place-words strong, .author")?.textContent || "…" });
      find("textarea", composer()).focus();
    },
    translate: ({ tools }) => window.recado.writing.translateMessage(tools),
    copy: async ({ text }) => {
      await navigator.clipboard?.writeText(text);
      window.recado.toast(window.recado.words.copied);
    },
  };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    if (at("[data-attach]")) find("[data-file-of-reply]").click();
    if (at("[data-attached-end]")) attach(null);
    if (at("[data-answered-end]")) {
      answer(null);
      find("textarea", composer()).focus();
    }
    if (at("[data-tools]")) openTools(at("[data-tools]"));
    const tool = at("[data-tool]")?.dataset.tool;
    const emoji = at("[data-give]")?.dataset.give;
    if (!opener || !(tool || emoji)) return;
    const about = opener;
    closeTools();
    if (tool) DO[tool](about.dataset, about.closest(".message"));
    else htmx.ajax("POST", `/messages/${about.dataset.tools}/reaction`, { source: "#conversation", target: "#thread", swap: "keyed-merge", values: { emoji, owner: composer().elements.owner.value } });
  });

  document.addEventListener("scroll", (event) => {
    if (event.target.id === "scroll" && find("#message-tools")?.matches(":popover-open")) find("#message-tools").hidePopover();
  }, true);
})();
