/**
 * Runs in the console's page before its scripts (bench/browser.ts), and measures it from inside. Times are in
 * milliseconds since the navigation.
 */
(() => {
  const ROW = "ul[aria-label=Conversations] a";
  const noted = { firstRow: 0, acts: [], inputs: [], frames: {}, shown: {} };
  const frame = () => new Promise(requestAnimationFrame);
  const painted = async () => {
    await frame();
    await new Promise((resolve) => setTimeout(resolve));
    return performance.now();
  };
  /** Texts of customers have `mark-n`. */
  const marksIn = (text) => text?.match(/mark-\d+/g) ?? [];

  async function look(node) {
    const isFirst = noted.firstRow === 0 && document.querySelector(ROW) !== null;
    if (isFirst) noted.firstRow = -1;
    const marks = marksIn(node.textContent).filter((mark) => noted.shown[mark] === undefined);
    if (!isFirst && marks.length === 0) return;
    const at = await painted();
    for (const mark of marks) noted.shown[mark] ??= at;
    if (isFirst) noted.firstRow = at;
  }
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes)
      for (const node of addedNodes.length > 0 ? addedNodes : [target]) void look(node);
  }).observe(document, { subtree: true, childList: true, characterData: true });

  // Shorter ones are not reported.
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) noted.inputs.push([startTime, duration]);
  }).observe({ type: "event", durationThreshold: 16 });

  globalThis.WebSocket = class extends WebSocket {
    constructor(url) {
      super(url);
      this.addEventListener("message", ({ data }) => {
        for (const mark of marksIn(String(data))) noted.frames[mark] ??= performance.now();
      });
    }
  };

  globalThis.bench = {
    noted: () => ({ ...noted, timeOrigin: performance.timeOrigin }),
    forget() {
      noted.frames = {};
      noted.shown = {};
      noted.acts = [];
      noted.inputs = [];
    },
    willAct: (kind) => void noted.acts.push([performance.now(), kind]),
    /** Long enough for the report of an input. */
    async settled() {
      await painted();
      await new Promise((resolve) => setTimeout(resolve, 40));
    },
    show: (path) => history.pushState(null, "", path),

    /** Scrolls the list by 900 px a frame: the times between frames, pictures without a row, elements of the page. */
    async scroll(frames) {
      const scroller = document.querySelector("ul[aria-label=Conversations]").parentElement;
      const { left, top, width, height } = scroller.getBoundingClientRect();
      const taken = { deltas: [], blank: 0, elements: 0 };
      for (let n = 0, before = await frame(); n < frames; n++) {
        scroller.scrollTop += 900;
        const at = await frame();
        taken.deltas.push(at - before);
        before = at;
        if (!document.elementFromPoint(left + width / 2, top + height / 2)?.closest("li")) taken.blank++;
        if (n % 20 === 0) taken.elements = Math.max(taken.elements, document.querySelectorAll("*").length);
      }
      return taken;
    },

    /** The time from a click on a link to the thread's first message on the screen. */
    async openThread(path) {
      const begun = performance.now();
      history.pushState(null, "", path);
      while (!document.querySelector("[role=log] article")) await frame();
      return (await painted()) - begun;
    },

    /** How far a message moves while older ones come above it; null if none came. */
    async shift() {
      const log = document.querySelector("[role=log]");
      const height = log.scrollHeight;
      log.scrollTop = 300;
      await frame();
      await frame();
      const middle = log.getBoundingClientRect().top + log.clientHeight / 2;
      const articles = () => [...log.querySelectorAll("article")];
      const anchor = articles().find((one) => one.getBoundingClientRect().bottom > middle);
      const text = anchor.textContent;
      const top = anchor.getBoundingClientRect().top;
      let worst = 0;
      let framesAfter = 0;
      for (const until = performance.now() + 5000; framesAfter < 20 && performance.now() < until;) {
        await frame();
        const same = articles().find((one) => one.textContent === text);
        if (same) worst = Math.max(worst, Math.abs(same.getBoundingClientRect().top - top));
        if (log.scrollHeight !== height) framesAfter++;
      }
      return framesAfter === 0 ? null : worst;
    },
  };
})();
