// Hears from the server what has happened, and lets the parts of the page that show it fetch
// themselves again: `data-live="<conversation id>"`, or "*" for anything.
//
// A tab that is hidden for a while hangs up: browsers allow six connections to a host, and a
// person may have more tabs than that. When it is seen again, everything is fetched once. One tab
// goes on listening for what the person wants to be told of (alerts.js).
(() => {
  if (!document.body.dataset.csrf) return;
  const HIDDEN_MS = 45000;
  // The server speaks every 15 seconds: a stream that is silent for longer is dead, and nobody says so.
  const SILENT_MS = 40000;
  let source = null;
  let watched = "";
  let retry = 0;
  let hiding = 0;
  let silence = 0;
  const typing = new Map();

  const current = () => document.getElementById("conversation")?.dataset.conversation || "";

  // Lists of everything change with every message: at once, but not more often than that.
  const LIST_MS = 1000;
  let listed = 0;
  let listing = 0;
  const refreshLists = () => {
    clearTimeout(listing);
    const wait = listed + LIST_MS - Date.now();
    if (wait > 0) {
      listing = setTimeout(refreshLists, wait);
      return;
    }
    listed = Date.now();
    for (const element of document.querySelectorAll("[data-live='*']")) htmx.trigger(element, "live");
  };

  const refresh = (conversations) => {
    for (const element of document.querySelectorAll("[data-live]:not([data-live='*'])")) {
      if (!conversations || conversations.includes(element.dataset.live)) htmx.trigger(element, "live");
    }
    refreshLists();
  };

  document.body.addEventListener("htmx:configRequest", (event) => {
    const { path, parameters } = event.detail;
    // What nobody looks at is not marked as read.
    if (document.hidden && path.endsWith("/live")) parameters.hidden = "yes";
    if (path === "/desk/list") parameters.shown = document.querySelectorAll("#list [data-row]").length;
  });

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
    clearTimeout(silence);
    source?.close();
    source = null;
  };

  const open = () => {
    close();
    watched = current();
    source = new EventSource(`/desk/stream?conversation=${encodeURIComponent(watched)}`);
    heard();
    source.addEventListener("quiet", heard);
    source.addEventListener("hello", () => {
      heard();
      offline(false);
      refresh(null);
    });
    source.addEventListener("changed", (event) => {
      heard();
      refresh(JSON.parse(event.data).conversations);
    });
    source.addEventListener("typing", (event) => {
      heard();
      const { conversation, on } = JSON.parse(event.data);
      setTyping(conversation, on);
    });
    for (const name of ["settings", "count", "alert"]) {
      source.addEventListener(name, (event) => {
        heard();
        document.body.dispatchEvent(new CustomEvent(`recado:${name}`, { detail: JSON.parse(event.data) }));
      });
    }
    source.addEventListener("error", comeBack);
  };

  const comeBack = () => {
    close();
    // Not all at once: after a restart everybody comes back.
    retry = setTimeout(reopen, 1500 + Math.random() * 1500);
  };

  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(comeBack, SILENT_MS);
  };

  const reopen = async () => {
    try {
      const answer = await fetch("/profile", { method: "HEAD", redirect: "manual" });
      if (answer.type === "opaqueredirect") location.reload(); // signed out meanwhile
      open();
    } catch {
      offline(true);
      retry = setTimeout(reopen, 2000 + Math.random() * 2000);
    }
  };

  // Another conversation was opened: it is the one to be watched closely from now on.
  document.body.addEventListener("htmx:afterSettle", () => {
    if (source && current() !== watched) open();
    showTyping();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(() => window.recado.listensHidden || close(), HIDDEN_MS);
    else if (source) refresh(null);
    else open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
})();
