// What slides up on the simulator's phone: attachments, lists, forms, the cart, and what one can
// do with a message. A sheet is a <template> of the page; while it is open, the rest is inert.
(() => {
  if (!window.recado.phone) return;
  const { phone, words, thread, say, aimAt, takeAim } = window.recado.phone;
  const sheet = document.getElementById("phone-sheet");
  const title = document.getElementById("sheet-title");
  const body = sheet.querySelector("[data-sheet-body]");
  const others = [...sheet.parentElement.children].filter((one) => one !== sheet);
  let opener = null;
  let message = null; // whose menu is open

  const open = (id, from, name = "") => {
    const template = document.getElementById(id);
    if (!template) return;
    body.replaceChildren(template.content.cloneNode(true));
    title.textContent = name || body.firstElementChild.dataset.title || "";
    // A sheet that opens another one goes back to what opened the first.
    if (sheet.hidden) opener = from;
    sheet.hidden = false;
    for (const other of others) other.inert = true;
    body.querySelector("input:not([type=hidden]), textarea, button")?.focus({ preventScroll: true });
  };
  const close = (focus = true) => {
    if (sheet.hidden) return;
    sheet.hidden = true;
    for (const other of others) other.inert = false;
    if (focus) (opener?.isConnected ? opener : document.getElementById("phone-text")).focus({ preventScroll: true });
  };
  window.recado.phone.closeSheet = close;

  // Forms: what each kind says.
  const ABOUT = {
    tap: (form) => {
      const { id, title: name, description } = form.querySelector("[name=choice]:checked").dataset;
      return { details: { id, title: name, description } };
    },
    flow: (form) => {
      const response = JSON.parse(form.elements.response.value);
      if (typeof response !== "object" || !response || Array.isArray(response)) throw new SyntaxError();
      return { details: { name: form.dataset.name, response } };
    },
    order: (form) => {
      const items = [...form.querySelectorAll(".cart-line")].map((line) => ({
        product_retailer_id: line.querySelector("[name=product]").value,
        quantity: Number(line.querySelector("[name=quantity]").value),
        item_price: Number(line.querySelector("[name=price]").value),
        currency: form.elements.currency.value,
      })).filter((item) => item.quantity > 0);
      if (!items.length) throw new RangeError(words.nothing);
      return { text: form.elements.note.value, details: { catalog_id: form.dataset.catalog, items } };
    },
    location: ({ elements: { latitude, longitude, name, address } }) => ({
      details: { latitude: latitude.value, longitude: longitude.value, name: name.value, address: address.value },
    }),
    contacts: ({ elements: { name, phone: number } }) => ({
      details: { contacts: [{ name: name.value, phone: number.value }] },
    }),
  };
  sheet.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-say-form]");
    if (!form) return;
    event.preventDefault();
    const kind = form.dataset.sayForm;
    try {
      const said = ABOUT[kind](form);
      const replyTo = form.dataset.message || takeAim()?.id;
      close();
      say(kind, { ...said, replyTo });
    } catch (error) {
      window.recado.toast(error instanceof SyntaxError ? words.json : error.message, "bad");
    }
  });
  sheet.addEventListener("change", (event) => {
    if (event.target.name !== "preset") return;
    const place = JSON.parse(event.target.dataset.place);
    for (const [key, value] of Object.entries(place)) event.target.form.elements[key].value = value;
  });

  // Files.
  const kindOf = (file, picked) => {
    if (picked !== "photo") return picked;
    if (file.type.startsWith("image/")) return "image";
    return file.type.startsWith("video/") ? "video" : "document";
  };
  const sticker = (draw) => new Promise((resolve) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 512, height: 512 });
    draw(canvas.getContext("2d"));
    canvas.toBlob((blob) => resolve(new File([blob], "sticker.webp", { type: blob.type })), "image/webp", 0.9);
  });
  const drawn = async (file) => {
    const picture = await createImageBitmap(file);
    const scale = 512 / Math.max(picture.width, picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    return sticker((pen) => pen.drawImage(picture, (512 - width) / 2, (512 - height) / 2, width, height));
  };
  for (const input of phone.querySelectorAll("[data-file]")) {
    input.addEventListener("change", async () => {
      const [file] = input.files;
      input.value = "";
      if (!file) return;
      const area = document.getElementById("phone-text");
      const kind = kindOf(file, input.dataset.file);
      const captioned = ["image", "video", "document"].includes(kind);
      const text = captioned ? area.value.trim() : "";
      if (captioned) area.value = "";
      close();
      say(kind, { text, file: kind === "sticker" ? await drawn(file) : file, replyTo: takeAim()?.id });
    });
  }

  // The menu of a message.
  const EDIT_MINUTES = 15; // as on WhatsApp
  const openMenu = (button) => {
    message = { ...button.dataset, line: button.closest(".message") };
    open("sheet-message", button);
    const age = (Date.now() - new Date(message.line.dataset.at)) / 60000;
    body.querySelector("[data-do=edit]").hidden = !message.own || message.type !== "text" || age > EDIT_MINUTES;
    body.querySelector("[data-do=delete]").hidden = !message.own;
    body.querySelector("[data-do=copy]").hidden = !message.text;
    for (const one of body.querySelectorAll("[data-react]")) one.setAttribute("aria-pressed", one.dataset.react === message.reaction);
  };
  const DO = {
    reply: () => aimAt({ id: message.menu, text: message.text || words[message.type] || "" }),
    edit: () => aimAt({ id: message.menu, text: message.text, edit: true }),
    delete: () => say("revoke", { replyTo: message.menu }),
    copy: async () => {
      await navigator.clipboard?.writeText(message.text);
      window.recado.toast(window.recado.words.copied);
    },
  };

  phone.addEventListener("click", async (event) => {
    const at = (selector) => event.target.closest(selector);
    if (at("[data-close-sheet]")) close();
    const opening = at("[data-open-sheet]");
    if (opening) {
      open(opening.dataset.openSheet, opening);
      // Asked for in a message: the answer quotes it.
      if (opening.dataset.about) body.querySelector("form").dataset.message = opening.dataset.about;
    }
    if (at("[data-menu]")) openMenu(at("[data-menu]"));
    const pick = at("[data-pick]");
    if (pick) phone.querySelector(`[data-file=${pick.dataset.pick}]`).click();
    const emoji = at("[data-sticker]")?.dataset.sticker;
    if (emoji) {
      close();
      say("sticker", {
        file: await sticker((pen) => {
          pen.font = "400px sans-serif";
          pen.textAlign = "center";
          pen.textBaseline = "middle";
          pen.fillText(emoji, 256, 280);
        }),
      });
    }
    const reaction = at("[data-react]")?.dataset.react;
    if (reaction) {
      close();
      say("reaction", { details: { emoji: reaction === message.reaction ? "" : reaction }, replyTo: message.menu });
    }
    const action = at("[data-do]")?.dataset.do;
    if (action) {
      close(false);
      DO[action]();
    }
  });
  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });

  // A long press, or the mouse's other button.
  let press = 0;
  const menuOf = (target) => target.closest(".message")?.querySelector("[data-menu]");
  const release = () => clearTimeout(press);
  thread.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" || event.target.closest("button, a, audio, video, details")) return;
    const button = menuOf(event.target);
    press = setTimeout(() => button && openMenu(button), 450);
  });
  for (const name of ["pointerup", "pointermove", "pointercancel"]) thread.addEventListener(name, release);
  thread.addEventListener("contextmenu", (event) => {
    const button = menuOf(event.target);
    if (!button || event.target.closest("a, audio, video, img") || String(getSelection())) return;
    event.preventDefault();
    openMenu(button);
  });
})();
