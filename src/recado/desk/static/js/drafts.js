// What somebody has begun to write stays, by user and conversation: over another conversation, a
// reload, a lost connection. Signing out takes it away.
//   { kind, text, answered: {id, shown}, key, steps (writing.js), file (its name), unsent: [the same, with a reason] }
(() => {
  const { user } = document.body.dataset;
  const OURS = `recado:draft:${user}:`;
  const KEPT_MS = 30 * 24 * 3600 * 1000;
  const nameOf = (conversation) => `${OURS}${conversation}`;
  const read = (text) => {
    try {
      const draft = JSON.parse(text || "{}");
      return draft && typeof draft === "object" ? draft : {};
    } catch {
      return {};
    }
  };
  const each = (act) => {
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith(OURS)) act(name);
    } catch {
      // A browser that keeps nothing: drafts last as long as the page.
    }
  };
  const held = new Map();

  window.recado.drafts = {
    // Unlike randomUUID it is there without HTTPS, too.
    newKey: () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    read: (conversation) => {
      try {
        return read(localStorage.getItem(nameOf(conversation)));
      } catch {
        return held.get(conversation) || {};
      }
    },
    write: (conversation, draft) => {
      const empty = !draft.text && !draft.answered && !draft.steps && !draft.unsent?.length && draft.kind !== "note";
      held.set(conversation, draft);
      try {
        if (empty) localStorage.removeItem(nameOf(conversation));
        else localStorage.setItem(nameOf(conversation), JSON.stringify({ ...draft, at: Date.now() }));
      } catch {
        // Full, or forbidden.
      }
    },
    // Another tab wrote: `act(conversation, before, after)`.
    watch: (act) => addEventListener("storage", ({ key, oldValue, newValue }) => {
      if (key?.startsWith(OURS)) act(key.slice(OURS.length), read(oldValue), read(newValue));
    }),
  };

  each((name) => {
    if (Date.now() - (read(localStorage.getItem(name)).at || 0) > KEPT_MS) localStorage.removeItem(name);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") === "/signout") each((name) => localStorage.removeItem(name));
  });
})();
