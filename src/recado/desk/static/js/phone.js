// The simulator's phone: sends like one, shows its own message at once, and tells what it has
// delivered and read.
(() => {
  const phone = document.querySelector("[data-phone]");
  if (!phone) return;
  const form = phone.querySelector("[data-phone-composer]");
  const area = form.querySelector("textarea");
  const box = document.getElementById("phone-scroll");
  const thread = document.getElementById("phone-thread");
  const suggestions = phone.querySelector("[data-suggestions]");
  const told = new Set();
  const headers = { "X-CSRF-Token": window.recado.csrf };
  const toEnd = () => { box.scrollTop = box.scrollHeight; };

  // The suggestions make room once one has begun to talk.
  const shelve = () => suggestions.classList.toggle("used", thread.querySelectorAll(".message").length > 2);

  // One after the other, so that a burst arrives in the order in which it was written.
  let last = Promise.resolve();
  const send = (text, more = {}) => {
    const line = pending(text);
    const body = new URLSearchParams({ person: phone.dataset.person, name: phone.dataset.name, text, ...more });
    last = last.then(async () => {
      try {
        const answer = await fetch("/simulator/messages", { method: "POST", body, headers });
        if (!answer.ok) throw new Error(answer.status);
      } catch {
        line.classList.add("failed");
        line.classList.remove("pending");
        window.recado.toast(window.recado.words.failed, "bad");
      }
    });
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

  const pending = (text) => {
    const line = document.createElement("li");
    line.className = "message own pending";
    line.dataset.at = new Date().toISOString();
    line.dataset.key = "~";
    line.innerHTML = '<div class="bubble"><div class="text"></div></div>';
    line.querySelector(".text").textContent = text;
    thread.append(line);
    toEnd();
    return line;
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

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = area.value.trim();
    if (text) send(text);
    area.value = "";
    area.style.height = "auto";
    area.focus();
  });
  // What was sent comes back as a message of its own; the sketch of it goes.
  document.body.addEventListener("recado:merged", (event) => {
    if (event.detail.target !== thread) return;
    const arrived = event.detail.touched.filter((line) => line.classList?.contains("own")).length;
    [...thread.querySelectorAll(".pending")].slice(0, arrived).forEach((line) => line.remove());
    shelve();
    adopt();
    toEnd();
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
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (area.value.trim()) form.requestSubmit();
  });
  phone.addEventListener("click", (event) => {
    const suggestion = event.target.closest("[data-suggest]");
    if (suggestion) send(suggestion.dataset.suggest);
    const option = event.target.closest("[data-tap]");
    if (option) send(option.dataset.title, { reply_id: option.dataset.tap, reply_to: option.dataset.message });
  });
  document.addEventListener("visibilitychange", receipts);
  shelve();
  new ResizeObserver(toEnd).observe(box);
  toEnd();
  receipts();
})();
