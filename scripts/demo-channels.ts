/** The part of `npm run demo` in which people write on Instagram and Messenger, and one agent answers both. */
import { randomInt } from "node:crypto";
import { type Answer, type Call, callOk } from "./api-client.ts";
import { agent } from "./demo-account.ts";
import { app, check, heading, rowsOf, say, simulator } from "./demo-stage.ts";
import { type Arrival, LiveSocket } from "./live-socket.ts";
import { bold, cyan, dim, milliseconds } from "./terminal.ts";

interface Message {
  _id: string;
  type: string;
  content: Record<string, unknown>;
}

const newId = (): string => `9${randomInt(10_000_000, 99_999_999)}${randomInt(10_000_000, 99_999_999)}`;

const people = [
  {
    platform: "instagram",
    shown: "answers a story on Instagram",
    act: {
      from: newId(),
      name: "Dewi",
      username: "dewi.batik",
      text: "Is this one in blue too?",
      story: { id: "18001" },
    },
    reply: "It is! Shall I keep one?",
  },
  {
    platform: "messenger",
    shown: "taps a button on Messenger",
    act: { from: newId(), name: "Rangga", act: "postback", title: "Opening hours", payload: "HOURS" },
    reply: "From 9 to 17, Monday to Saturday.",
  },
];

/** Returns the conversations' ids. */
export async function playChannels(): Promise<string[]> {
  const { token } = (await callOk(`${app}/api/auth/login`, { body: agent })).body as { token: string };
  const asAgent = (path: string, options: Call = {}): Promise<Answer> => callOk(app + path, { token, ...options });
  const live = await LiveSocket.open(app, token);
  const ids: string[] = [];
  heading("The other channels, in the same inbox");
  for (const { platform, shown, act, reply } of people) {
    const writtenAt = performance.now();
    const { id } = (await callOk(`${simulator}/_sim/people`, { body: { platform, ...act } })).body as { id: string };
    const isNew = ({ frame }: Arrival): boolean =>
      frame.type === "message.received" && frame.message?.external_id === id;
    const { at, frame } = await live.until(isNew, `the message of ${act.name}`);
    console.log(`  ${cyan(act.name)} ${shown}`);
    console.log(`    on the agent's screen after ${bold(milliseconds(at - writtenAt))} ${dim(frame.type)}`);
    const conversation = frame.conversation_id ?? "";
    ids.push(conversation);
    const path = `/api/conversations/${conversation}/messages`;
    if (platform === "instagram") {
      await live.until(isOf(conversation, "message.updated"), "the story's file");
      const [story] = rowsOf<Message>(await asAgent(path));
      check(`the story is kept: ${String(story?.content.mime_type)}`, story?.content.url !== undefined);
    }
    await live.until(isOf(conversation, "conversation.updated"), "the person's name");
    const { body } = await asAgent(`/api/conversations/${conversation}`);
    const { contact_name: name } = body as { contact_name: string | null };
    check(`the channel says who it is: ${String(name)}`, name === act.name);
    const sent = await asAgent(path, { body: { type: "text", content: { text: reply } } });
    say("Ana Agent", `answers “${reply}”`, sent);
    const { _id } = sent.body as Message;
    await live.until(
      ({ frame: { message } }) => message?._id === _id && message.status === "read",
      `the read tick of ${act.name}`,
    );
    check(`${act.name} has read it`, true);
  }
  live.close();
  return ids;
}

const isOf =
  (conversation: string, type: string) =>
  ({ frame }: Arrival): boolean =>
    frame.conversation_id === conversation && frame.type === type;
