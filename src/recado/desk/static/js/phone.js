// The simulator's phone: sends like one, shows its own message at once, and tells what it has
// delivered and read. What slides up is in sheets.js, the voice recorder in voice.js.
(() => {
  const phone = document.querySelector("[data-phone]");
  if (!phone) return;
  const form = phone.querySelector("[data-phone-composer]");
  const area = form.querySelector("textarea");
  const box = document.getElementById("phone-scroll");
  const thread = document.getElementById("phone-thread");
  const suggestions = phone.querySelector("[data-suggestions]");
  const about = form.querySelector("[data-about]");
  const words = JSON.parse(phone.dataset.words);
  const told = new Set();
  const headers = { "X-CSRF-Token": window.recado.csrf };
  const toEnd = () => { box.scrollTop = box.scrollHeight; };
  // What the next text is about: a message to reply to, or an own one to edit.
  let aim = null;

  // The suggestions make room once one has begun to talk.
  const shelve = () => suggestions.classList.toggle("used", thread.querySelectorAll(".message").length > 2);

  const bodyOf = (kind, { text = "", details, replyTo, file }, key) => {
    const body = new FormData();
    const fields = { person: phone.dataset.person, name: phone.dataset.name, kind, text, key };
    for (const [key, value] of Object.entries(fields)) body.set(key, value);
    if (details) body.set("details", JSON.stringify(details));
    if (replyTo) body.set("reply_to", replyTo);
    if (file) body.set("file", file, file.name || "file");
    return body;
  };

  // One after the other, so that a burst arrives in the order in which it was written.
  let last = Promise.resolve();
  const say = (kind, message = {}) => {
    const silent = ["reaction", "edit", "revoke"].includes(kind);
    // A change to a message has no line of its own, unless it fails: then that offers it again.
    const told = [words[kind], message.text || message.details?.emoji].filter(Boolean).join(": ");
    const line = silent ? () => sketch(kind, { text: told }) : sketch(kind, message);
    const key = window.recado.drafts.newKey();
    const body = bodyOf(kind, message, key);
    // Known before it is sent: where the answer was lost and it comes back, it is this one.
    if (!silent) line.dataset.becomes = `web.${key}`;
    return deliver(line, body);
  };
  const deliver = (line, body) => {
    last = last.then(async () => {
      try {
        const answer = await fetch("/simulator/messages", { method: "POST", body, headers: { ...headers, "HX-Request": "true" } });
        if (!answer.ok) throw new Error(reasonOf(answer));
        if (line.dataset?.change) line.remove();
        settle();
      } catch (error) {
        offerAgain(line, body);
        window.recado.toast(error.message && !(error instanceof TypeError) ? error.message : window.recado.words.failed, "bad");
      }
    });
    return last;
  };
  // What did not get through is sent again by tapping it: the same message, so it arrives once.
  const offerAgain = (shown, body) => {
    const line = typeof shown === "function" ? shown() : shown;
    if (line !== shown) line.dataset.change = "yes";
    line.classList.replace("pending", "failed");
    const again = document.createElement("button");
    again.type = "button";
    again.className = "again";
    again.textContent = words.again;
    line.append(again);
    toEnd();
    const send = (event) => {
      if (event.target.closest("a")) return;
      line.removeEventListener("click", send);
      again.remove();
      line.classList.replace("failed", "pending");
      deliver(line, body);
    };
    line.addEventListener("click", send);
  };
  const reasonOf = (answer) => {
    try {
      return JSON.parse(answer.headers.get("hx-trigger")).toast.text;
    } catch {
      return "";
    }
  };

  // The message as it will look, until it comes back as one of the conversation.
  const sketch = (kind, { text, file, details }) => {
    const line = document.createElement("li");
    line.className = "message own pending";
    line.dataset.at = new Date().toISOString();
    line.dataset.key = "~";
    line.innerHTML = '<div class="bubble"><div class="text"></div></div>';
    const shown = line.querySelector(".text");
    const picture = file && file.type.startsWith("image/");
    if (picture) {
      const image = document.createElement("img");
      image.alt = file.name || words.photo;
      image.src = URL.createObjectURL(file);
      image.addEventListener("load", () => URL.revokeObjectURL(image.src));
      const frame = document.createElement("span");
      frame.className = `photo ${kind}`;
      frame.append(image);
      shown.before(frame);
    }
    shown.textContent = text || details?.title || (picture ? "" : words[kind] || "");
    thread.append(line);
    toEnd();
    return line;
  };

  // What was sent comes back as a message of its own; the sketch of it goes.
  const settle = () => {
    for (const line of thread.querySelectorAll("[data-becomes]")) {
      if (thread.querySelector(`[data-provider-id="${CSS.escape(line.dataset.becomes)}"]`)) line.remove();
    }
  };

  // Tell the business that its messages arrived, as a phone does: read when somebody looks.
  const receipts = () => {
    const status = document.hidden ? "delivered" : "read";
    const fresh = [...thread.querySelectorAll("[data-unread]")].filter((line) => !told.has(`${line.id} ${status}`));
    if (!fresh.length) return;
    for (const line of fresh) told.add(`${line.id} ${status}`);
    const body = new URLSearchParams({ person: phone.dataset.person, status });
    fetch("/simulator/receipts", { method: "POST", body, headers }).catch(() => told.clear());
  };

  // The first message opens the conversation: from now on the page follows that one.
  const adopt = () => {
    const id = document.getElementById("phone-state")?.dataset.conversationId;
    if (!id || thread.dataset.live === id) return;
    thread.dataset.live = id;
    for (const element of document.querySelectorAll("[data-typing='*']")) element.dataset.typing = id;
    const link = document.querySelector("[data-open-inbox]");
    link.href = `/conversations/${id}`;
    link.hidden = false;
  };

  const aimAt = (next) => {
    const before = aim;
    aim = next;
    about.hidden = !next;
    if (next) about.querySelector("span").textContent = `${next.edit ? words.editing : words.replying}: ${next.text}`;
    if (next?.edit) area.value = next.text;
    else if (before?.edit) area.value = "";
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  };
  const takeAim = () => {
    const taken = aim;
    aim = null;
    about.hidden = true;
    return taken;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = area.value.trim();
    if (!text) return;
    const target = takeAim();
    if (!target?.edit) say("text", { text, replyTo: target?.id });
    else if (text !== target.text) say("edit", { text, replyTo: target.id });
    area.value = "";
    area.style.height = "auto";
    area.focus();
  });
  let pinned = true;
  document.body.addEventListener("recado:merging", () => {
    pinned = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  });
  document.body.addEventListener("recado:merged", (event) => {
    if (event.detail.target !== thread) return;
    settle();
    shelve();
    adopt();
    if (pinned) toEnd();
    receipts();
  });
  document.body.addEventListener("recado:typing", () => requestAnimationFrame(toEnd));
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const pane = event.detail.target;
    if (pane?.hasAttribute?.("data-until-open") && pane.querySelector("#conversation")) {
      for (const name of ["data-live", "hx-get", "hx-trigger", "data-until-open"]) pane.removeAttribute(name);
    }
  });

  // Once it is there, it is not fetched as a whole again: one may be writing in it.
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const whole = event.detail.pathInfo.requestPath.startsWith("/simulator/view");
    if (whole && document.getElementById("conversation")) event.preventDefault();
  });

  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && aim) return aimAt(null);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (area.value.trim()) form.requestSubmit();
  });
  about.querySelector("[data-about-end]").addEventListener("click", () => aimAt(null));
  phone.addEventListener("click", async (event) => {
    const suggestion = event.target.closest("[data-suggest]");
    if (suggestion) say("text", { text: suggestion.dataset.suggest });
    const option = event.target.closest("[data-say]");
    if (option) say(option.dataset.say, { details: JSON.parse(option.dataset.details), replyTo: option.dataset.message });
    const code = event.target.closest("[data-copy-code]");
    if (code) {
      await navigator.clipboard?.writeText(code.dataset.copyCode);
      window.recado.toast(window.recado.words.copied);
    }
  });
  document.addEventListener("visibilitychange", receipts);
  window.recado.phone = { phone, words, thread, say, aimAt, takeAim };
  shelve();
  new ResizeObserver(toEnd).observe(box);
  toEnd();
  receipts();
})();
