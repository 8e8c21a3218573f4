/** The part of `npm run demo` in which a customer writes a mail with a file, and a colleague of theirs joins. */
import { randomInt } from "node:crypto";
import { type Answer, type Call, call, callOk } from "./api-client.ts";
import { agent, mailAccount } from "./demo-account.ts";
import { app, check, heading, mailSimulator, rowsOf, say } from "./demo-stage.ts";
import { LiveSocket } from "./live-socket.ts";
import { bold, cyan, dim, milliseconds } from "./terminal.ts";

interface Mail {
  _id: string;
  status: string;
  sender_phone: string | null;
  content: { subject: string; attachments?: { file_name: string; file_size: number; signed_url: string }[] };
}
interface SentMail {
  messageId: string;
  replyTo: string;
  to: string[];
  subject: string;
  attachments: { name: string }[];
}

const plan = Buffer.from("%PDF-1.4\n% The plan of the shop window.\n%%EOF\n");

/** Returns the conversation's id; undefined without the simulator of mail. */
export async function playMail(): Promise<string | undefined> {
  if ((await call(`${mailSimulator}/_sim/state`).catch(() => undefined))?.status !== 200) return undefined;
  const { token } = (await callOk(`${app}/api/auth/login`, { body: agent })).body as { token: string };
  const asAgent = (path: string, options: Call = {}): Promise<Answer> => callOk(app + path, { token, ...options });
  const live = await LiveSocket.open(app, token);
  heading("A mail with a file, and a thread of three");
  const subject = `Window ${randomInt(1000, 9999)}`;
  const [rina, colleague] = [`rina${randomInt(10_000, 99_999)}@customer.test`, "tono@customer.test"];
  const write = async (mail: object) => {
    const writtenAt = performance.now();
    const { body } = await callOk(`${mailSimulator}/_sim/mails`, {
      body: { to: mailAccount.address, subject, ...mail },
    });
    const { messageId } = body as { messageId: string };
    const { at, frame } = await live.until(
      ({ frame: f }) => f.type === "message.received" && f.message?.external_id === messageId.slice(1, -1),
      "the mail",
    );
    console.log(`    on the agent's screen after ${bold(milliseconds(at - writtenAt))} ${dim(frame.type)}`);
    return frame.conversation_id ?? "";
  };

  console.log(`  ${cyan("Rina")} writes “${subject}”, with her colleague in copy and the plan attached`);
  const id = await write({
    from: `Rina <${rina}>`,
    cc: `Tono <${colleague}>`,
    text: "Can you make this one?",
    html: "<p>Can you make <b>this one</b>?</p>",
    attachments: [{ name: "plan.pdf", type: "application/pdf", content: [...plan] }],
  });
  const path = `/api/conversations/${id}/messages`;
  const [first] = rowsOf<Mail>(await asAgent(path));
  const [file] = first?.content.attachments ?? [];
  const kept = file && Buffer.from(await (await fetch(file.signed_url)).arrayBuffer());
  check(`${file?.file_name}, ${file?.file_size} bytes, opens as it was sent`, kept?.equals(plan) ?? false);

  const form = new FormData();
  form.set("file", new File(["Offer: 2,000,000\n"], "offer.txt", { type: "text/plain" }));
  const uploaded = await fetch(`${app}/api/media`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  const { media_id } = (await uploaded.json()) as { media_id: string };
  const content = { text: "We can. Here is the offer.", reply_all: true, attachments: [{ media_id }] };
  const sent = await asAgent(path, { body: { type: "email", content } });
  say("Ana Agent", "answers all of them, with the offer attached", sent);
  const { _id } = sent.body as Mail;
  await live.until(({ frame: { message } }) => message?._id === _id && message.status === "delivered", "the delivery");
  const { body } = await callOk(`${mailSimulator}/_sim/state`);
  const got = (body as { sent: SentMail[] }).sent.find((mail) => mail.subject === `Re: ${subject}`);
  check(
    `it was delivered to ${got?.to.join(" and ")} with ${got?.attachments.map(({ name }) => name).join(", ")}`,
    got?.to.length === 2 && got.attachments.length === 1,
  );

  console.log(`  ${cyan("Tono")} answers it from his own address`);
  const joined = await write({
    from: `Tono <${colleague}>`,
    to: got?.replyTo,
    subject: `Re: ${subject}`,
    text: "Agreed.",
    inReplyTo: got?.messageId,
  });
  const thread = rowsOf<Mail>(await asAgent(path));
  check(
    `his mail is in the same thread of ${thread.length}, shown as ${thread.at(-1)?.sender_phone}`,
    joined === id && thread.length === 3 && thread.at(-1)?.sender_phone === colleague,
  );
  live.close();
  return id;
}
