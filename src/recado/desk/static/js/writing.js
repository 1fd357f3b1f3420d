// Help with writing: what comes back goes into the composer, never out, and the way back to one's
// own text stays open (the steps, which are kept with the draft). Where one has written on
// meanwhile, it is shown beside the composer instead, to be taken or left.
(() => {
  const { words, toast } = window.recado;
  if (!document.body.dataset.csrf) return;
  const find = (selector, root = document) => root.querySelector(selector);
  const composer = () => find("[data-composer]");
  const area = (form) => find("textarea", form);
  const kindOf = (form) => form.elements.kind.value;
  const menu = () => find("#writing-menu");
  const panel = () => find("#writing-panel");
  const MOST_STEPS = 12;

  // The steps: { texts, at }, what stood in the field before and after each help.
  const stepsOf = (form) => (form.dataset.steps ? JSON.parse(form.dataset.steps) : null);
  const show = (form) => {
    const steps = stepsOf(form);
    const strip = find("[data-steps]", form);
    strip.hidden = !steps;
    if (!steps) return;
    find("[data-steps-own]", strip).textContent = steps.texts[0];
    find("[data-undo]", strip).hidden = steps.at === 0;
    find("[data-redo]", strip).hidden = steps.at === steps.texts.length - 1;
  };
  const setSteps = (form, steps) => {
    if (steps) form.dataset.steps = JSON.stringify(steps);
    else delete form.dataset.steps;
    show(form);
  };
  const write = (form, text) => {
    area(form).value = text;
    form.dispatchEvent(new CustomEvent("recado:drafted", { bubbles: true })); // composer.js keeps it
    area(form).focus();
  };
  const apply = (form, text) => {
    const { texts, at } = stepsOf(form) || { texts: [], at: 0 };
    // The first is one's own: it stays, however many come after it.
    const before = [...texts.slice(0, at), area(form).value];
    const kept = before.length < MOST_STEPS ? before : [before[0], ...before.slice(2)];
    setSteps(form, { texts: [...kept, text], at: kept.length });
    write(form, text);
  };
  const step = (form, by) => {
    const { texts, at } = stepsOf(form);
    texts[at] = area(form).value;
    setSteps(form, { texts, at: at + by });
    write(form, texts[at + by]);
  };

  // The menu.
  const openMenu = (button) => {
    const form = composer();
    const has = Boolean(area(form).value.trim());
    for (const one of menu().querySelectorAll("[data-writing-needs-text]")) one.hidden = !has;
    for (const one of menu().querySelectorAll("[data-writing-without-text]")) one.hidden = has;
    menu().showPopover();
    const at = button.getBoundingClientRect();
    const { width, height } = menu().getBoundingClientRect();
    menu().style.top = `${Math.max(8, at.top - height - 6)}px`;
    menu().style.left = `${Math.max(8, Math.min(innerWidth - width - 8, at.left))}px`;
    items()[0]?.focus({ preventScroll: true });
  };
  const items = () => [...menu().querySelectorAll("[data-writing]")].filter((one) => one.checkVisibility());
  const closeMenu = () => {
    if (menu()?.matches(":popover-open")) menu().hidePopover();
  };

  // Asking.
  let asking = null;
  const busy = (is) => {
    const line = find("#writing-busy");
    if (line) line.hidden = !is;
  };
  const reasonOf = (response) => {
    try {
      return JSON.parse(response.headers.get("hx-trigger")).toast.text;
    } catch {
      return words.failed;
    }
  };
  const ask = async (path, values = {}) => {
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    busy(true);
    const body = new FormData();
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    if (!Object.keys(values).length) body.set("from", "desk");
    try {
      const headers = { "X-CSRF-Token": window.recado.csrf, "HX-Request": "true" };
      const response = await fetch(path, { method: "POST", body, headers, signal: mine.signal });
      if (response.status === 401) location.assign("/signin");
      else if (!response.ok) toast(reasonOf(response), "bad");
      else return await response.text();
    } catch {
      if (!mine.signal.aborted) toast(words.failed, "bad");
    } finally {
      if (asking === mine) {
        asking = null;
        busy(false);
      }
    }
    return null;
  };

  const help = async ({ writing, manner }) => {
    const form = composer();
    const conversation = form.dataset.composer;
    const kind = kindOf(form);
    const text = area(form).value;
    closeMenu();
    area(form).focus();
    const html = await ask(`/conversations/${encodeURIComponent(conversation)}/writing/${writing}`, { text, manner: manner || "" });
    const now = composer();
    if (html === null || now?.dataset.composer !== conversation) return;
    const shown = panel();
    shown.innerHTML = html;
    const unchanged = area(now).value === text && kindOf(now) === kind;
    const free = writing === "draft" ? !text.trim() && kind === "reply" : writing !== "summary";
    const used = unchanged && free;
    shown.classList.toggle("is-used", used);
    if (used) apply(now, find("[data-writing-text]", shown).dataset.writingText);
    shown.hidden = used && !find(".sources, .writing-check, .help", shown);
    shown.scrollTop = 0;
  };
  const use = () => {
    const form = composer();
    const { writingText: text, writingKind: what } = find("[data-writing-text]", panel()).dataset;
    if (what === "summary" && kindOf(form) !== "note") find("input[value=note]", form).click();
    if (what === "draft" && kindOf(form) !== "reply") find("input[value=reply]", form).click();
    apply(form, text);
    panel().hidden = true;
  };

  // Translations of messages, by the message's id: an update of the page keeps them.
  const translations = new Map();
  const place = (id) => {
    const line = find(`[data-tools="${CSS.escape(id)}"]`)?.closest(".message");
    const html = translations.get(id);
    if (!line || find(".translation", line) || !html) return;
    find(".bubble", line).insertAdjacentHTML("afterend", html);
  };
  const translateMessage = async (id) => {
    if (!translations.has(id)) {
      const html = await ask(`/messages/${encodeURIComponent(id)}/translation`);
      if (html === null) return;
      translations.set(id, html);
    }
    place(id);
  };
  const placeAll = () => translations.forEach((_, id) => place(id));
  document.body.addEventListener("recado:merged", placeAll);
  document.body.addEventListener("htmx:afterSwap", placeAll);

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    const button = at("[data-writing-open]");
    if (button) openMenu(button);
    if (at("[data-writing]")) help(at("[data-writing]").dataset);
    if (at("[data-writing-use]")) use();
    if (at("[data-writing-close]")) {
      panel().hidden = true;
      area(composer()).focus();
    }
    if (at("[data-writing-stop]")) {
      asking?.abort();
      area(composer()).focus();
    }
    if (at("[data-undo]")) step(composer(), -1);
    if (at("[data-redo]")) step(composer(), 1);
    if (at("[data-steps-end]")) {
      setSteps(composer(), null);
      write(composer(), area(composer()).value);
    }
    if (at("[data-translation-close]")) {
      const line = at(".message");
      translations.delete(find("[data-tools]", line)?.dataset.tools);
      find(".translation", line).remove();
    }
  });
  document.addEventListener("keydown", (event) => {
    const inMenu = event.target.closest?.("#writing-menu");
    if (inMenu && ["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
      event.preventDefault();
      const all = items();
      const at = all.indexOf(document.activeElement);
      const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at + all.length - 1) % all.length, Home: 0, End: all.length - 1 }[event.key];
      all[to].focus();
    } else if (inMenu && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      closeMenu();
      find("[data-writing-open]").focus();
    }
  }, true);

  window.recado.writing = { stepsOf, setSteps, translateMessage };
})();
