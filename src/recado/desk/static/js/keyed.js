// Swap styles for live lists: only what changed is touched, so that scrolling, focus, open
// details and what one is typing stay as they are.
//
// Each element of the answer has an `id`, a `data-version` and a `data-key`. One that stands
// anywhere on the page with the same version is left alone, with another version replaced. A new
// one goes into the target, by its key (text order).
//   keyed-merge   keeps what the answer does not name
//   keyed-sync    removes it, and puts the target's children in the answer's order
(() => {
  const carryOver = (old, fresh) => {
    for (const kept of old.querySelectorAll("[data-keep][open]")) {
      const place = fresh.querySelector(`#${CSS.escape(kept.id)}`);
      if (place) place.replaceWith(kept);
    }
    if (old.id === "conversation-details") fresh.classList.toggle("shown", old.classList.contains("shown"));
  };

  const insertByKey = (target, fresh) => {
    const key = fresh.dataset.key || "";
    const later = [...target.children].find((child) => (child.dataset.key || "") > key);
    if (later) {
      const separator = later.previousElementSibling;
      (separator && separator.classList.contains("day") ? separator : later).before(fresh);
    } else {
      target.append(fresh);
    }
  };

  const swap = (style, target, fragment) => {
    const incoming = [...fragment.children];
    const touched = [];
    const focused = document.activeElement && document.activeElement.closest("[data-row]");
    const focusedId = focused && focused.parentElement.id;
    for (const fresh of incoming) {
      const old = fresh.id ? document.getElementById(fresh.id) : null;
      if (!old) {
        insertByKey(target, fresh);
        touched.push(fresh);
      } else if (old.dataset.version !== fresh.dataset.version) {
        carryOver(old, fresh);
        const hadFocus = old.contains(document.activeElement) && !old.closest("#list");
        old.replaceWith(fresh);
        // Whoever pressed a button here with the keyboard goes on from here.
        if (hadFocus) fresh.querySelector("button, a, summary")?.focus({ preventScroll: true });
        touched.push(fresh);
      }
    }
    if (style === "keyed-sync") {
      const wanted = incoming.map((one) => document.getElementById(one.id)).filter((one) => one && one.parentElement === target);
      for (const child of [...target.children]) if (!wanted.includes(child)) child.remove();
      wanted.forEach((child, index) => {
        if (target.children[index] !== child) target.insertBefore(child, target.children[index] || null);
      });
    }
    if (focusedId && !document.getElementById(focusedId)?.contains(document.activeElement)) {
      document.querySelector(`#${CSS.escape(focusedId)} [data-row]`)?.focus();
    }
    return touched;
  };

  htmx.defineExtension("keyed", {
    isInlineSwap: (style) => style === "keyed-merge" || style === "keyed-sync",
    handleSwap: (style, target, fragment) => {
      if (style !== "keyed-merge" && style !== "keyed-sync") return false;
      const detail = { target };
      document.body.dispatchEvent(new CustomEvent("recado:merging", { detail }));
      const touched = swap(style, target, fragment);
      document.body.dispatchEvent(new CustomEvent("recado:merged", { detail: { ...detail, touched } }));
      return touched;
    },
  });
})();
