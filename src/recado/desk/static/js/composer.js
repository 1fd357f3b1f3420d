// The composer: what it writes to (the contact or the team) is what the person chose until they
// choose again; what is sent is what stood there when it was sent, once; what did not get through
// comes back with its reason. Drafts are kept by drafts.js, quote and file are attached.js.
(() => {
  const { drafts, attached, words, writing } = window.recado;
  if (!document.body.dataset.csrf) return;
  const find = (selector, root = document) => root.querySelector(selector);
  const composer = (conversation) => find(conversation ? `[data-composer="${CSS.escape(conversation)}"]` : "[data-composer]");
  const area = (form) => find("textarea", form);
  const fileOf = (form) => find("[data-file-of-reply]", form)?.files[0] || null;
  const files = new Map(); // key -> its file: a browser keeps none
  const going = new Set(); // keys of what is on its way from here
  let loading = false;

  // How it looks.
  const kindOf = (form) => form.elements.kind.value;
  const answeredIn = (form) => {
    const id = find("[data-answers]", form).value;
    return id ? { id, shown: find("[data-answered-text]", form).textContent } : null;
  };
  const limitOf = (form) => {
    const limits = JSON.parse(form.dataset.limits);
    const file = fileOf(form);
    let what = "text";
    if (kindOf(form) === "note") what = "note";
    else if (file && !file.type.startsWith("audio/")) what = "caption";
    return { what: words[what], most: limits[what], count: [...area(form).value.trim()].length };
  };
  const number = (value) => value.toLocaleString(document.documentElement.lang);
  const dress = (form) => {
    const note = kindOf(form) === "note";
    form.classList.toggle("is-note", note);
    area(form).placeholder = note ? area(form).dataset.note : area(form).dataset.reply;
    // A file needs no words; a note takes none along, and it is there again for the next reply.
    area(form).required = note || !fileOf(form);
    const input = find("[data-file-of-reply]", form);
    if (input) input.disabled = note;
    const { most, count } = limitOf(form);
    const shown = find("[data-count]", form);
    shown.hidden = count < most * 0.9;
    shown.textContent = `${number(count)} / ${number(most)}`;
    form.classList.toggle("is-over", count > most);
    window.recado.grow(area(form));
  };
  const tell = (form, text) => {
    const line = find("[data-problem]", form);
    line.textContent = text;
    line.hidden = !text;
  };

  // The draft of the form, with what is unsent beside it.
  const unsentOf = (conversation) => drafts.read(conversation).unsent || [];
  const save = (form, key = form.dataset.key) => {
    const conversation = form.dataset.composer;
    const text = area(form).value;
    const answered = answeredIn(form);
    const file = fileOf(form);
    form.dataset.key = text || answered || file ? key || drafts.newKey() : "";
    files.delete(key);
    if (file) files.set(form.dataset.key, file);
    drafts.write(conversation, { kind: kindOf(form), text, answered, key: form.dataset.key, steps: writing.stepsOf(form), file: file?.name, unsent: unsentOf(conversation) });
  };
  const put = (form, { kind = "reply", text = "", answered = null, key = "", file = "", steps = null }) => {
    loading = true;
    for (const radio of form.elements.kind) radio.checked = radio.value === kind;
    area(form).value = text;
    form.dataset.key = key;
    writing.setSteps(form, steps);
    attached.answer(answered);
    const kept = files.get(key) || null;
    if (fileOf(form) !== kept && find("[data-file-of-reply]", form)) attached.attach(kept);
    if (file && !kept) tell(form, `${file}: ${words.refile}`);
    loading = false;
    dress(form);
  };
  const isEmpty = (form) => !area(form).value && !fileOf(form) && !answeredIn(form);

  const showUnsent = (form) => {
    const list = find("[data-unsent]", form);
    const shown = unsentOf(form.dataset.composer).filter((one) => !going.has(one.key) && one.reason);
    list.replaceChildren(...shown.map((one) => {
      const line = find("[data-unsent-line]", form).content.firstElementChild.cloneNode(true);
      line.dataset.key = one.key;
      line.classList.toggle("is-note", one.kind === "note");
      find("strong", line).textContent = one.text || one.file;
      find("small", line).textContent = one.reason;
      return line;
    }));
    list.hidden = !shown.length;
  };
  const setUnsent = (conversation, unsent) => {
    drafts.write(conversation, { ...drafts.read(conversation), unsent });
    const form = composer(conversation);
    if (form) showUnsent(form);
  };
  const withdraw = (conversation, key) => setUnsent(conversation, unsentOf(conversation).filter((one) => one.key !== key));

  const load = () => {
    const form = composer();
    if (!form || form.dataset.loaded) return;
    form.dataset.loaded = "yes";
    const conversation = form.dataset.composer;
    // Left behind by a page that went away while it was sending: nobody knows, and once is once.
    const lost = (one) => one.reason || going.has(one.key) || (one.tab !== TAB && Date.now() - one.since < 60000);
    setUnsent(conversation, unsentOf(conversation).map((one) => (lost(one) ? one : { ...one, reason: words.maybe })));
    put(form, drafts.read(conversation));
  };

  // On its way.
  let TAB = drafts.newKey();
  try {
    TAB = sessionStorage.getItem("recado:tab") || TAB;
    sessionStorage.setItem("recado:tab", TAB);
  } catch {
    // The page is its own tab, then.
  }
  let last = Promise.resolve();
  const send = (conversation, said) => {
    going.add(said.key);
    const { taking, owner, ...kept } = said;
    const others = unsentOf(conversation).filter((one) => one.key !== said.key);
    setUnsent(conversation, [...others, { ...kept, reason: "", tab: TAB, since: Date.now() }]);
    const mine = last.then(() => post(conversation, said));
    last = mine; // one after the other, whatever becomes of the answers
    mine.then((xhr) => settle(conversation, said, xhr));
  };
  const post = (conversation, said) => new Promise((resolve) => {
    const body = new FormData();
    const { kind, text, key, answered, owner, taking } = said;
    const file = kind === "note" ? null : files.get(key);
    for (const [name, value] of Object.entries({ kind, text, key, answers: answered?.id, owner, taking })) body.set(name, value || "");
    if (file) body.set("file", file, file.name);
    const xhr = new XMLHttpRequest();
    xhr.open("POST", `/conversations/${encodeURIComponent(conversation)}/messages`);
    xhr.setRequestHeader("X-CSRF-Token", window.recado.csrf);
    xhr.setRequestHeader("HX-Request", "true");
    const bar = file && composer(conversation) && find("[data-sending]", composer(conversation));
    if (bar) {
      find("[data-sending-name]", bar).textContent = file.name;
      find("progress", bar).value = 0;
      bar.hidden = false;
      xhr.upload.addEventListener("progress", ({ loaded, total }) => { find("progress", bar).value = total ? loaded / total : 0; });
    }
    xhr.addEventListener("loadend", () => {
      if (bar) bar.hidden = true;
      resolve(xhr);
    });
    xhr.send(body);
  });
  const reasonOf = (xhr) => {
    if (!xhr.status) return words.cut;
    try {
      return JSON.parse(xhr.getResponseHeader("hx-trigger")).toast.text;
    } catch {
      return words.failed;
    }
  };
  const settle = async (conversation, said, xhr) => {
    going.delete(said.key);
    const thread = find(`#thread[data-live="${CSS.escape(conversation)}"]`);
    if (xhr.status >= 200 && xhr.status < 300) {
      files.delete(said.key);
      withdraw(conversation, said.key);
      if (!thread) return;
      htmx.swap(thread, xhr.responseText, { swapStyle: "keyed-merge", swapDelay: 0, settleDelay: 20 }, { contextElement: thread });
      window.recado.toEnd();
      return;
    }
    const holder = xhr.getResponseHeader("x-question");
    // What was refused has not been said: another try is another saying.
    const refused = xhr.status >= 400 && xhr.status < 500;
    const back = { ...said, key: refused ? drafts.newKey() : said.key };
    if (files.has(said.key) && refused) {
      files.set(back.key, files.get(said.key));
      files.delete(said.key);
    }
    withdraw(conversation, said.key);
    giveBack(conversation, back, holder ? find("h2", parsed(xhr.responseText)).textContent.trim() : reasonOf(xhr));
    if (thread) htmx.trigger(thread, "live");
    if (xhr.status === 401) location.assign("/signin");
    else if (holder) await answer(conversation, back, holder, xhr.responseText);
  };
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
  const answer = async (conversation, said, holder, html) => {
    const way = await window.recado.ask(html);
    if (way === "cancel") return;
    const form = composer(conversation);
    const file = files.get(said.key);
    if (form?.dataset.key === said.key) empty(form);
    else withdraw(conversation, said.key);
    if (way === "take") {
      if (file) files.set(said.key, file);
      send(conversation, { ...said, taking: holder });
      return;
    }
    send(conversation, { ...said, kind: "note", answered: null, file: "", key: drafts.newKey() });
    if (file && form) attached.attach(file);
  };

  // Back where it was written, or, when one has gone on writing there, as a line above it.
  const giveBack = (conversation, said, reason) => {
    const form = composer(conversation);
    const draft = drafts.read(conversation);
    const free = form ? isEmpty(form) && kindOf(form) === said.kind : !draft.text && !draft.answered && (draft.kind || "reply") === said.kind;
    const { taking, owner, ...kept } = said;
    if (!free) setUnsent(conversation, [...unsentOf(conversation), { ...kept, reason }]);
    else if (form) {
      put(form, kept);
      save(form, said.key);
      tell(form, reason);
    } else drafts.write(conversation, { ...draft, ...kept });
    if (!form) window.recado.toast(reason, "bad");
  };
  const empty = (form) => {
    const note = kindOf(form) === "note";
    loading = true;
    area(form).value = "";
    if (!note) {
      attached.answer(null);
      if (find("[data-file-of-reply]", form)) attached.attach(null);
    }
    form.dataset.key = "";
    writing.setSteps(form, null);
    loading = false;
    tell(form, "");
    dress(form);
    save(form, "");
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-composer]")) return;
    event.preventDefault();
    const text = area(form).value.trim();
    const kind = kindOf(form);
    const file = kind === "note" ? null : fileOf(form);
    if (!text && !file) return;
    const { what, most, count } = limitOf(form);
    if (count > most) {
      tell(form, words.limit.replace("{what}", what).replace("{count}", number(count)).replace("{most}", number(most)));
      return;
    }
    save(form);
    const key = form.dataset.key;
    const answered = kind === "note" ? null : answeredIn(form);
    const owner = form.elements.owner.value;
    empty(form);
    if (file) files.set(key, file);
    send(form.dataset.composer, { kind, text, key, answered, owner, file: file?.name || "" });
    area(form).focus();
  });

  for (const name of ["input", "change", "recado:drafted"]) {
    document.addEventListener(name, (event) => {
      const form = event.target.closest("[data-composer]");
      // Leaving the field is a change, too, and nothing has changed by it.
      if (!form || loading || (name === "change" && event.target === area(form))) return;
      tell(form, "");
      dress(form);
      save(form);
      if (event.target.name === "kind") area(form).focus();
    });
  }
  document.addEventListener("click", (event) => {
    const line = event.target.closest("[data-unsent] li");
    if (!line || !event.target.closest("button")) return;
    const form = line.closest("[data-composer]");
    const conversation = form.dataset.composer;
    const said = unsentOf(conversation).find((one) => one.key === line.dataset.key);
    if (event.target.closest("[data-drop]")) withdraw(conversation, line.dataset.key);
    else if (said?.file && !files.has(said.key)) {
      find("small", line).textContent = words.refile;
    } else if (said) send(conversation, { ...said, owner: form.elements.owner.value });
    area(form).focus();
  });
  drafts.watch((conversation, before, after) => {
    const form = composer(conversation);
    if (!form) return;
    showUnsent(form);
    // The other tab's, unless one has written something else here.
    const same = area(form).value === (before.text || "") && kindOf(form) === (before.kind || "reply");
    if (same && !fileOf(form)) put(form, after);
  });
  document.body.addEventListener("htmx:afterSwap", load);
  load();
})();
