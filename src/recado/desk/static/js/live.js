// Hears from the server what has happened, and lets the parts of the page that show it fetch
// themselves again: `data-live="<conversation id>"`, or "*" for anything.
//
// A tab that is hidden for a while hangs up: browsers allow six connections to a host, and a
// person may have more tabs than that. When it is seen again, everything is fetched once.
(() => {
  if (!document.body.dataset.csrf) return;
  const HIDDEN_MS = 45000;
  let source = null;
  let watched = "";
  let retry = 0;
  let hiding = 0;
  const typing = new Map();

  const current = () => document.getElementById("conversation")?.dataset.conversation || "";

  const refresh = (conversations) => {
    for (const element of document.querySelectorAll("[data-live]")) {
      const about = element.dataset.live;
      if (about === "*" || !conversations || conversations.includes(about)) htmx.trigger(element, "live");
    }
  };

  const showTyping = () => {
    for (const element of document.querySelectorAll("[data-typing]")) {
      const about = element.dataset.typing;
      const on = about === "*" ? false : typing.has(about);
      if (element.hidden === on) {
        element.hidden = !on;
        document.body.dispatchEvent(new CustomEvent("recado:typing", { detail: { on } }));
      }
    }
  };

  const setTyping = (conversation, on) => {
    clearTimeout(typing.get(conversation));
    typing.delete(conversation);
    // Nobody types for ever: a turn that died with its process would never end.
    if (on) typing.set(conversation, setTimeout(() => setTyping(conversation, false), 90000));
    showTyping();
  };

  const offline = (is) => {
    const banner = document.getElementById("offline");
    if (!banner) return;
    banner.textContent = is ? window.recado.words.offline : "";
    banner.hidden = !is;
  };

  const close = () => {
    clearTimeout(retry);
    source?.close();
    source = null;
  };

  const open = () => {
    close();
    watched = current();
    source = new EventSource(`/desk/stream?conversation=${encodeURIComponent(watched)}`);
    source.addEventListener("hello", () => {
      offline(false);
      refresh(null);
    });
    source.addEventListener("changed", (event) => refresh(JSON.parse(event.data).conversations));
    source.addEventListener("typing", (event) => {
      const { conversation, on } = JSON.parse(event.data);
      setTyping(conversation, on);
    });
    source.addEventListener("error", () => {
      close();
      retry = setTimeout(() => {
        offline(true);
        open();
      }, 2000);
    });
  };

  // Another conversation was opened: it is the one to be watched closely from now on.
  document.body.addEventListener("htmx:afterSettle", () => {
    if (source && current() !== watched) open();
    showTyping();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(close, HIDDEN_MS);
    else if (!source) open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
})();
