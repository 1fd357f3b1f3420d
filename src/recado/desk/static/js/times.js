// Times in the reader's own zone and language, the clocks that count down, and the days
// between messages. The server writes UTC.
(() => {
  const words = window.recado.words;
  const spoken = document.documentElement.lang;
  const language = navigator.languages.find((name) => name.startsWith(spoken)) || spoken;
  const format = (options) => new Intl.DateTimeFormat(language, options);
  const clock = format({ hour: "numeric", minute: "2-digit" });
  const weekday = format({ weekday: "short" });
  const day = format({ day: "numeric", month: "short" });
  const date = format({ day: "numeric", month: "long", year: "numeric" });
  const moment = format({ day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
  const long = format({ weekday: "long", day: "numeric", month: "long" });

  const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());
  const daysAgo = (at) => Math.round((midnight(new Date()) - midnight(at)) / 86400000);

  const recent = (at) => {
    const days = daysAgo(at);
    if (days <= 0) return Date.now() - at < 60000 ? words.now : clock.format(at);
    if (days === 1) return words.yesterday;
    return days < 7 ? weekday.format(at) : day.format(at);
  };
  const forms = {
    clock: (at) => clock.format(at),
    date: (at) => date.format(at),
    moment: (at) => (daysAgo(at) === 0 ? clock.format(at) : moment.format(at)),
    recent,
  };

  const show = (root) => {
    for (const element of root.querySelectorAll("time[datetime]")) {
      const at = new Date(element.dateTime);
      const text = (forms[element.dataset.form] || forms.clock)(at);
      if (element.textContent !== text) element.textContent = text;
      element.title = `${date.format(at)} ${clock.format(at)}`;
    }
  };

  // In the two largest units: 4:07, 2 h 5 min, 3 d 4 h, 59 d.
  const span = (seconds) => {
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    const days = Math.floor(hours / 24);
    if (days >= 10) return `${days} d`;
    if (days > 0) return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
    if (hours > 0) return `${hours} h ${minutes % 60} min`;
    return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
  };

  const countDown = () => {
    for (const element of document.querySelectorAll("[data-due]")) {
      const left = Math.round((new Date(element.dataset.due) - Date.now()) / 1000);
      const late = left < 0;
      const seconds = Math.abs(left);
      const text = span(seconds);
      element.classList.toggle("overdue", late);
      element.classList.toggle("soon", !late && left < 120);
      const shown = element.querySelector("b");
      // The colour says that it is late; the word stands where there is room for it.
      const full = late && !element.closest(".row") ? `${text} ${words.overdue}` : text;
      if (shown && shown.textContent !== full) shown.textContent = full;
      if (late) element.title = `${text} ${words.overdue}`;
    }
  };

  const dayName = (at) => {
    const days = daysAgo(at);
    if (days === 0) return words.today;
    return days === 1 ? words.yesterday : long.format(at);
  };

  // One separator before the first line of each day; made again whenever the lines change.
  const separateDays = () => {
    for (const thread of document.querySelectorAll(".thread, .phone-thread")) {
      let before = "";
      for (const line of [...thread.children]) {
        if (line.classList.contains("day")) {
          line.remove();
          continue;
        }
        if (!line.dataset.at) continue;
        const at = new Date(line.dataset.at);
        const today = at.toDateString();
        if (today !== before) {
          const separator = document.createElement("li");
          separator.className = "day";
          separator.textContent = dayName(at);
          line.before(separator);
          before = today;
        }
      }
    }
  };

  const all = () => {
    show(document);
    separateDays();
    countDown();
  };
  all();
  setInterval(countDown, 1000);
  setInterval(() => show(document), 30000);
  document.body.addEventListener("htmx:afterSettle", all);
  document.body.addEventListener("recado:merged", all);
})();
