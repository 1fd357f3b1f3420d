// What the person is to be told of while the desk is open: a sound, a count in the page's title, and
// the browser's own notification when nobody looks at the page.
(() => {
  if (!document.body.dataset.csrf) return;
  const SEEN = "recado-alerted";
  let settings = { sound: false, title: true, push: false };
  let count = 0;

  // Several tabs hear of the same alert: the first that does tells it. Ids grow with time.
  const isNew = (id) => {
    try {
      if ((localStorage.getItem(SEEN) || "") >= id) return false;
      localStorage.setItem(SEEN, id);
    } catch {
      // No storage: each tab tells it.
    }
    return true;
  };

  const showCount = () => {
    const plain = document.title.replace(/^\(\d+\) /, "");
    const wanted = settings.title && count ? `(${count}) ${plain}` : plain;
    if (document.title !== wanted) document.title = wanted;
  };

  let audio = null;
  const tone = (at, pitch) => {
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    oscillator.frequency.value = pitch;
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(at);
    oscillator.stop(at + 0.32);
  };
  const sound = async (urgent) => {
    try {
      audio ||= new AudioContext();
      await audio.resume(); // browsers are silent before the person has touched the page
      for (let i = 0; i < (urgent ? 2 : 1); i += 1) {
        tone(audio.currentTime + i * 0.5, 660);
        tone(audio.currentTime + i * 0.5 + 0.15, 880);
      }
    } catch {
      // Without sound the rest still tells.
    }
  };

  const notify = ({ id, title, text, link }) => {
    const shown = new Notification(title, { body: text, tag: id });
    shown.addEventListener("click", () => {
      window.focus();
      if (link) location.assign(link);
      shown.close();
    });
  };

  document.body.addEventListener("recado:settings", (event) => {
    settings = event.detail;
    showCount();
    listenHidden();
  });
  document.body.addEventListener("recado:count", (event) => {
    count = event.detail.count;
    showCount();
  });
  document.body.addEventListener("recado:alert", (event) => {
    const alert = event.detail;
    if (!isNew(alert.id)) return;
    if (settings.sound) sound(alert.urgent);
    const allowed = "Notification" in window && Notification.permission === "granted";
    if (settings.push && allowed && document.hidden) notify(alert);
    else window.recado.toast(alert.title, alert.urgent ? "bad" : "good");
  });
  document.body.addEventListener("htmx:afterSettle", showCount);

  // Of all tabs one goes on listening while it is hidden: whoever has the lock.
  let asked = false;
  const listenHidden = () => {
    if (asked || !(settings.sound || settings.push) || !navigator.locks) return;
    asked = true;
    navigator.locks.request("recado-alerts", () => {
      window.recado.listensHidden = true;
      return new Promise(() => {}); // as long as the tab is there
    });
  };

  const allow = document.querySelector("[data-allow-notifications]");
  if (allow) {
    const show = () => {
      const state = "Notification" in window ? Notification.permission : "denied";
      for (const line of document.querySelectorAll("[data-permission]")) line.hidden = line.dataset.permission !== state;
      allow.hidden = state !== "default";
    };
    allow.addEventListener("click", async () => {
      await Notification.requestPermission();
      show();
    });
    show();
  }
})();
