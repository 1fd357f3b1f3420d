// Files one after the other, each in a row of its own: how much is sent, that it is read, and what
// became of it, as the server tells it in HTML.
(() => {
  let last = Promise.resolve();

  const row = (input, name) => {
    const item = document.createElement("li");
    const body = document.createElement("div");
    const title = document.createElement("strong");
    const state = document.createElement("small");
    const bar = document.createElement("progress");
    body.className = "grow";
    title.textContent = name;
    state.textContent = input.dataset.waiting;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    body.append(title, state, bar);
    item.append(body);
    document.querySelector(input.dataset.uploads).append(item);
    return { item, state, bar };
  };

  // The row that the server wrote, or one that says what went wrong.
  const finish = (shown, html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    const told = holder.content.firstElementChild;
    if (told) shown.item.replaceWith(told);
  };

  const failed = (shown, text) => {
    shown.bar.remove();
    shown.item.classList.add("not-learnt");
    shown.state.textContent = text;
  };

  const refusal = (request) => {
    try {
      return JSON.parse(request.getResponseHeader("HX-Trigger")).toast.text;
    } catch {
      return window.recado.words.failed;
    }
  };

  const send = (input, file, shown) =>
    new Promise((done) => {
      const request = new XMLHttpRequest();
      const form = new FormData();
      form.append("file", file);
      for (const ticked of input.form.querySelectorAll("input[type=checkbox]:checked")) {
        form.append(ticked.name, ticked.value);
      }
      request.open("POST", input.dataset.uploadsTo);
      request.setRequestHeader("X-CSRF-Token", document.body.dataset.csrf);
      request.setRequestHeader("HX-Request", "true");
      shown.state.textContent = input.dataset.sending;
      request.upload.onprogress = (event) => {
        if (event.lengthComputable) shown.bar.value = event.loaded / event.total;
      };
      request.upload.onload = () => {
        shown.state.textContent = input.dataset.reading;
        shown.bar.removeAttribute("value");
      };
      request.onload = () => {
        if (request.status === 200) finish(shown, request.responseText);
        else failed(shown, refusal(request));
      };
      request.onerror = () => failed(shown, input.dataset.lost);
      request.onloadend = done;
      request.send(form);
    });

  // What is known now, below: the list as the page would show it.
  const show = (input) => {
    const list = input.dataset.uploadsShow;
    return window.htmx.ajax("GET", location.pathname, { target: list, select: list, swap: "outerHTML" });
  };

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches("[data-uploads]")) return;
    for (const file of input.files) {
      const shown = row(input, file.name);
      last = last.then(() => send(input, file, shown));
    }
    last = last.then(() => show(input));
    input.value = "";
  });
})();
