// The phone's voice recorder. Where there is no microphone, one chooses an audio file.
(() => {
  if (!window.recado.phone) return;
  const { phone, words, say, takeAim } = window.recado.phone;
  const bar = phone.querySelector("[data-recorder]");
  const clock = phone.querySelector("[data-record-time]");
  const start = phone.querySelector("[data-record]");
  // What WhatsApp plays as a voice message is Opus; Ogg where the browser can write it.
  const FORMATS = ["audio/ogg;codecs=opus", "audio/mp4;codecs=mp4a.40.2", "audio/webm;codecs=opus", "audio/mp4"];
  const MAX_SECONDS = 300;
  let recorder = null;
  let ticking = 0;

  const begin = async () => {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      window.recado.toast(words.microphone, "bad");
      phone.querySelector("[data-file=audio]").click();
      return;
    }
    const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
    const chunks = [];
    let kept = false;
    recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    recorder.addEventListener("dataavailable", (event) => chunks.push(event.data));
    recorder.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      clearInterval(ticking);
      bar.hidden = true;
      start.focus();
      const type = (recorder.mimeType || mimeType).split(";")[0];
      const file = new File(chunks, `voice.${type.split("/")[1]}`, { type });
      if (kept && file.size) say("audio", { file, details: { voice: true }, replyTo: takeAim()?.id });
    });
    recorder.keep = () => {
      kept = true;
      recorder.stop();
    };
    recorder.start();
    const began = Date.now();
    const show = () => {
      const seconds = Math.floor((Date.now() - began) / 1000);
      clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      if (seconds >= MAX_SECONDS) recorder.keep();
    };
    show();
    ticking = setInterval(show, 500);
    bar.hidden = false;
    phone.querySelector("[data-record-send]").focus();
  };

  start.addEventListener("click", begin);
  phone.querySelector("[data-record-send]").addEventListener("click", () => recorder?.keep());
  phone.querySelector("[data-record-drop]").addEventListener("click", () => recorder?.stop());
})();
