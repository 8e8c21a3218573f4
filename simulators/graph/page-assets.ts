/** Style and script of the page at /_sim. They are static, since values are escaped only in page.ts. */

export const styles = `
:root { color-scheme: light dark; --line: light-dark(#e2e5e3, #33403a); --faint: light-dark(#66706b, #93a29a); --card: light-dark(#fff, #18211d); --accent: #128c5e; }
* { box-sizing: border-box; } body { margin: 0; font: 14px/1.45 system-ui, sans-serif; background: light-dark(#f4f6f5, #0f1613); }
header { padding: 14px 24px; display: flex; gap: 12px; align-items: baseline; border-bottom: 1px solid var(--line); background: var(--card); flex-wrap: wrap; }
h1 { font-size: 17px; margin: 0; color: var(--accent); } h2 { font-size: 14px; margin: 0 0 10px; } .count, .faint { color: var(--faint); font-weight: 400; }
main { display: grid; grid-template-columns: 300px minmax(0, 1fr); gap: 18px; padding: 18px 24px; } @media (max-width: 800px) { main { grid-template-columns: 1fr; } }
[hidden] { display: none !important; } form, section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px; margin-bottom: 16px; }
section { overflow-x: auto; } label { display: block; margin-bottom: 8px; color: var(--faint); }
label span { display: block; } input, select, textarea { width: 100%; font: inherit; padding: 6px 8px; border: 1px solid var(--line); border-radius: 6px; color: inherit; background: transparent; }
textarea[name=json] { font: 12px/1.4 ui-monospace, monospace; }
button { font: inherit; padding: 5px 14px; border: 0; border-radius: 6px; background: var(--accent); color: #fff; cursor: pointer; }
.presets button { padding: 2px 8px; margin-bottom: 4px; font-size: 12px; background: transparent; color: inherit; border: 1px solid var(--line); }
table { width: 100%; border-collapse: collapse; } th { text-align: left; font-weight: 500; color: var(--faint); } th, td { padding: 5px 8px; border-top: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
.wide { white-space: normal; overflow-wrap: anywhere; } .wide .faint { font: 11px ui-monospace, monospace; } pre { white-space: pre-wrap; font-size: 11px; margin: 4px 0 0; }
.tag { padding: 0 6px; border-radius: 8px; border: 1px solid var(--line); } .good { color: var(--accent); } .bad, .alert { color: #c2410c; } .alert { overflow-wrap: anywhere; }`;

export const script = `
const send = async (form, method, path, body) => {
  const answer = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body });
  form.querySelector("output").textContent = answer.ok ? "Done." : (await answer.json()).error;
  await refresh();
};
const refresh = async () => {
  const panels = document.getElementById("panels");
  // Not while someone reads an opened webhook.
  if (panels.querySelector("details[open]") || document.hidden) return;
  try { panels.innerHTML = await (await fetch("/_sim/panels")).text(); } catch { /* the simulator is restarting */ }
};
const say = document.getElementById("say"), faults = document.getElementById("faults");
// The customer of each channel, and the field in which the person is named.
const customers = {
  whatsapp: ["Phone", say.from.value, say.elements.name.value],
  instagram: ["The person's id", "8801", "Dewi Batik"],
  messenger: ["The person's id", "7701", "Rangga Putra"],
  email: ["Address", "rina@customer.test", "Rina Wati"],
};
let shown = "whatsapp";
const show = () => {
  const [channel] = say.to.value.split(" ");
  if (channel !== shown) {
    customers[shown].splice(1, 2, say.from.value, say.elements.name.value);
    [, say.from.value, say.elements.name.value] = customers[channel];
    shown = channel;
  }
  document.getElementById("who").textContent = customers[channel][0];
  for (const field of say.querySelectorAll("[data-of]")) field.hidden = !field.dataset.of.split(" ").includes(channel);
};
say.to.onchange = show;
show();
say.onsubmit = (event) => {
  event.preventDefault();
  const { to, act, subject, ...words } = Object.fromEntries(new FormData(say));
  const [platform, account] = to.split(" ");
  if (platform === "email")
    return send(say, "POST", "/_sim/mails", JSON.stringify({ from: words.name ? words.name + " <" + words.from + ">" : words.from, to: account, subject, text: words.text }));
  if (platform === "whatsapp") return send(say, "POST", "/_sim/customers", JSON.stringify({ ...words, phoneNumberId: account }));
  const more = act === "story" ? { story: { id: "18001" } } : act === "postback" ? { act, title: words.text, payload: "TAPPED" } : { act };
  send(say, "POST", "/_sim/people", JSON.stringify({ platform, account, ...words, ...more }));
};
faults.onsubmit = (event) => { event.preventDefault(); send(faults, "PUT", "/_sim/faults", faults.json.value || "{}"); };
for (const button of faults.querySelectorAll("[data-faults]")) button.onclick = () => {
  faults.json.value = JSON.stringify(JSON.parse(button.dataset.faults), null, 2);
  faults.requestSubmit();
};
setInterval(refresh, 2000);`;
