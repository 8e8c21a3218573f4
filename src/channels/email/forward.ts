import type { Content } from "../channel";
import { defined, isRecord, textOf } from "../json";

/** Passes an earlier mail on: its text stands under the agent's own words, as mail programs do it. Pure. */

export function forward(content: Content, original: { content: Content; createdAt: number }): Content {
  const subject = textOf(original.content.subject) ?? "";
  const block = blockOf(original, subject);
  const html = textOf(content.html);
  return defined({
    ...content,
    subject: textOf(content.subject) ?? (/^\s*fwd?\s*:/i.test(subject) ? subject : `Fwd: ${subject}`.trim()),
    text: html !== undefined && textOf(content.text) === undefined ? undefined : joined(content.text, block),
    html: html === undefined ? undefined : `${html}<br><br>${escaped(block)}`,
  });
}

const joined = (own: unknown, block: string): string => [textOf(own), block].filter(Boolean).join("\n\n");

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\n", "<br>\n");

function blockOf({ content, createdAt }: { content: Content; createdAt: number }, subject: string): string {
  const named = (name: string, value: string): string[] => (value === "" ? [] : [`${name}: ${value}`]);
  return [
    "---------- Forwarded message ----------",
    ...named("From", peopleIn([content.from])),
    `Date: ${new Date(createdAt).toUTCString()}`,
    ...named("Subject", subject),
    ...named("To", peopleIn(content.to)),
    ...named("Cc", peopleIn(content.cc)),
    "",
    ...[content.text, content.quoted].flatMap((text) => textOf(text) ?? []),
  ].join("\n");
}

/** People are records with names in received mails, and addresses in ours. */
const peopleIn = (value: unknown): string =>
  (Array.isArray(value) ? value : [])
    .flatMap((one: unknown) => {
      const { address, name } = isRecord(one) ? one : { address: one, name: undefined };
      const [plain, shown] = [textOf(address), textOf(name)];
      return plain === undefined ? [] : [shown === undefined ? plain : `${shown} <${plain}>`];
    })
    .join(", ");
