// A scanning field: hardware scanners type into it from anywhere on the page; the camera reads where there is one.
// Fires "scan" on the field's box with { code }, then submits the field's form unless the page prevented it.
const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "code_128", "code_39", "itf", "qr_code", "data_matrix"];
const GAP = 100;
const SHORTEST = 4;
const AGAIN = 1500;
const PATIENCE = 20;

class Scanner {
  constructor(box) {
    this.box = box;
    this.input = box.querySelector("input");
    this.camera = box.querySelector(".bt-camera");
    this.video = box.querySelector("video");
    this.typed = "";
    this.last = 0;
    this.seen = { code: "", at: 0 };
    this.input.addEventListener("keydown", (event) => { if (event.key === "Enter" && this.input.value.trim()) { event.preventDefault(); this.read(this.input.value.trim()); } });
    document.addEventListener("keydown", (event) => this.wedge(event));
    const opener = box.querySelector("[data-camera]");
    if (opener && navigator.mediaDevices?.getUserMedia) {
      opener.hidden = false;
      opener.addEventListener("click", () => this.open());
      box.querySelector("[data-camera-stop]").addEventListener("click", () => this.close());
    }
  }

  // A hardware scanner types faster than any person and ends with Enter.
  wedge(event) {
    if (event.target === this.input || event.target.closest?.("input, textarea, select")) return;
    const now = event.timeStamp; // when the key went down, however busy the page was
    if (now - this.last > GAP) this.typed = "";
    this.last = now;
    if (event.key.length === 1) { this.typed += event.key; return; }
    if (event.key === "Enter" && this.typed.length >= SHORTEST) { event.preventDefault(); this.read(this.typed); this.typed = ""; }
  }

  read(code) {
    this.input.value = code;
    const go = this.box.dispatchEvent(new CustomEvent("scan", { bubbles: true, cancelable: true, detail: { code } }));
    if (go) this.input.form?.requestSubmit();
    this.input.select();
  }

  async detector() {
    const { BarcodeDetector: native } = window;
    if (native && (await native.getSupportedFormats()).includes("ean_13")) return new native({ formats: FORMATS });
    if (!window.BarcodeDetectionAPI) await load(this.box.dataset.lib);
    const api = window.BarcodeDetectionAPI;
    api.prepareZXingModule({ overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? this.box.dataset.wasm : prefix + path) } });
    return new api.BarcodeDetector({ formats: FORMATS });
  }

  async open() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    } catch {
      this.box.querySelector("[data-camera]").hidden = true;
      return;
    }
    this.camera.hidden = false;
    this.video.srcObject = this.stream;
    await this.video.play();
    const detector = await this.detector();
    let failures = 0;
    const look = async () => {
      if (!this.stream) return;
      try {
        const [found] = await detector.detect(this.video);
        failures = 0;
        if (found) this.found(found.rawValue);
      } catch {
        failures += 1;
        if (failures > PATIENCE) { this.close(); return; }
      }
      requestAnimationFrame(look);
    };
    look();
  }

  found(code) {
    const now = performance.now();
    if (code === this.seen.code && now - this.seen.at < AGAIN) return;
    this.seen = { code, at: now };
    navigator.vibrate?.(60);
    this.read(code);
  }

  close() {
    for (const track of this.stream?.getTracks() || []) track.stop();
    this.stream = null;
    this.camera.hidden = true;
    this.input.focus();
  }
}

function load(src) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = src;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}

const ready = new WeakSet();
function start() {
  for (const box of document.querySelectorAll("[data-scan]")) {
    if (!ready.has(box)) { ready.add(box); new Scanner(box); }
  }
}
start();
document.addEventListener("htmx:afterSettle", start);
