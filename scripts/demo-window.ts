/** The part of `npm run demo` in which a customer comes back after the window has closed, and the inbox as it ends. */
import { type Answer, type Call, call, callOk } from "./api-client.ts";
import { agent, phoneNumberId } from "./demo-account.ts";
import { app, check, heading, newPhone, rowsOf, say, simulator } from "./demo-stage.ts";
import { LiveSocket } from "./live-socket.ts";
import { cyan, dim, table } from "./terminal.ts";

interface Message {
  _id: string;
  content: { text: string };
}
interface Listed {
  id: string;
  contact_channel: string;
  contact_name: string | null;
  last_message: string | null;
}

const DAY_MS = 86_400_000;

/** Returns the conversation's id. */
export async function playClosedWindow(): Promise<string> {
  const { token } = (await callOk(`${app}/api/auth/login`, { body: agent })).body as { token: string };
  const asAgent = (path: string, options: Call = {}): Promise<Answer> => callOk(app + path, { token, ...options });
  const live = await LiveSocket.open(app, token);
  heading("A customer who wrote two days ago: the window is closed, so a template opens it");
  const written = { name: "Siti", from: newPhone(), text: "Please send order A-17", phoneNumberId };
  const { id: wamid } = (
    await callOk(`${simulator}/_sim/customers`, { body: { ...written, at: Date.now() - 2 * DAY_MS } })
  ).body as { id: string };
  const { frame } = await live.until(
    ({ frame: f }) => f.type === "message.received" && f.message?.external_id === wamid,
    "the message of Siti",
  );
  const id = frame.conversation_id ?? "";
  const path = `/api/conversations/${id}/messages`;
  const refused = await call(app + path, { token, body: { type: "text", content: { text: "It is on its way" } } });
  const { code } = refused.body as { code: string };
  console.log(`  ${cyan("Ana Agent")} writes freely: ${refused.status} ${dim(code)}`);
  check("which the channel would have refused", refused.status === 422);
  const text = (value: string): object => ({ type: "text", text: value });
  const template = {
    name: "order_shipped",
    language: "en_US",
    components: [{ type: "body", parameters: [text("{{contact.name}}"), text("A-17")] }],
  };
  const sent = await asAgent(path, { body: { type: "template", content: template } });
  const { _id, content } = sent.body as Message;
  say("Ana Agent", "sends the template order_shipped", sent);
  check(`Siti reads “${content.text.split("\n")[0]}”`, content.text.startsWith("Hello Siti, your order A-17"));
  await live.until(({ frame: { message } }) => message?._id === _id && message.status === "read", "the read tick");
  live.close();
  return id;
}

/** Shows the conversations of this run as the list has them. */
export async function showInbox(ids: readonly string[]): Promise<void> {
  const { token } = (await callOk(`${app}/api/auth/login`, { body: agent })).body as { token: string };
  heading("One inbox");
  let rows: Listed[] = [];
  for (let tries = 0; tries < 100 && rows.length < ids.length; tries++) {
    const list = await callOk(`${app}/api/conversations?status=open&limit=100`, { token });
    rows = rowsOf<Listed>(list).filter((row) => ids.includes(row.id));
    if (rows.length < ids.length) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  console.log(
    table([
      ["channel", "customer", "last message"],
      ...rows.map((row) => [
        row.contact_channel,
        row.contact_name ?? "",
        (row.last_message ?? "").replaceAll("\n", " ").slice(0, 60),
      ]),
    ]),
  );
  const channels = [...new Set(rows.map((row) => row.contact_channel))].toSorted();
  check(`channels in one list: ${channels.join(", ")}`, rows.length === ids.length);
}
