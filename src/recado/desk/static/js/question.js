// A colleague has the conversation: the server asks before anything is done in it (409 with
// `x-question`, whose value is who has it), and what was asked for is done after the answer.
(() => {
  const dialog = document.getElementById("question");
  if (!dialog) return;

  // Resolves with the value of the button: take, note or cancel.
  const ask = (html) => new Promise((resolve) => {
    dialog.innerHTML = html;
    dialog.returnValue = "cancel";
    dialog.addEventListener("close", () => resolve(dialog.returnValue || "cancel"), { once: true });
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close("cancel");
  });
  window.recado.ask = ask;

  // What htmx sends: templates, reactions, the buttons of the head.
  document.body.addEventListener("htmx:responseError", async (event) => {
    const { xhr, requestConfig, etc, elt } = event.detail;
    const holder = xhr.getResponseHeader("x-question");
    if (!holder || (await ask(xhr.responseText)) !== "take") return;
    const swap = etc?.swapOverride || elt.closest("[hx-swap]")?.getAttribute("hx-swap") || "none";
    const target = requestConfig.target?.isConnected ? requestConfig.target : document.body;
    const values = { ...requestConfig.parameters, taking: holder };
    htmx.ajax(requestConfig.verb.toUpperCase(), requestConfig.path, { source: document.body, target, swap, values });
  });

  // A form that says something is said once, however often it is sent.
  const keys = new WeakMap();
  document.body.addEventListener("htmx:configRequest", ({ detail: { elt, parameters } }) => {
    if (!elt.matches?.("form[data-once]")) return;
    const shown = JSON.stringify(Object.fromEntries(new FormData(elt)));
    const known = keys.get(elt);
    const key = known?.shown === shown ? known.key : window.recado.drafts.newKey();
    keys.set(elt, { shown, key });
    parameters.key = key;
    parameters.owner = document.querySelector("[data-composer]")?.elements.owner?.value || "";
  });
})();
