// The page's words in the user's language, and the lines that come and go.
window.recado = { words: {}, csrf: document.body.dataset.csrf || "" };
try {
  window.recado.words = JSON.parse(document.body.dataset.words || "{}");
} catch {
  window.recado.words = {};
}

window.recado.toast = (text, kind = "good") => {
  const host = document.getElementById("toasts");
  if (!host || !text) return;
  const line = document.createElement("p");
  line.className = kind === "quiet" ? "unseen" : `toast ${kind}`;
  line.textContent = text;
  host.append(line);
  setTimeout(() => line.remove(), kind === "bad" ? 9000 : 4000);
};

document.body.addEventListener("toast", (event) => window.recado.toast(event.detail.text, event.detail.kind));
document.body.addEventListener("htmx:sendError", () => window.recado.toast(window.recado.words.failed, "bad"));
document.body.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const answered = xhr.getResponseHeader("HX-Trigger") || xhr.getResponseHeader("X-Question");
  if (!answered) window.recado.toast(window.recado.words.failed, "bad");
});
for (const line of document.querySelectorAll("#toasts .toast")) setTimeout(() => line.remove(), 5000);
