import type { SendMessageRequest } from "../../../api/api.gen";
import type { Draft } from "../../../live/drafts";
import type { Attachment } from "./attachments";
import { takesCaption } from "./limits";

/** The messages that a draft with its files becomes, in their order. Pure. */
export function messagesOf(channel: string, draft: Draft, attachments: readonly Attachment[]): SendMessageRequest[] {
  const text = draft.text.trim();
  const replyTo = draft.replyTo === undefined ? {} : { reply_to: draft.replyTo };
  if (channel === "email") {
    const content = {
      ...(text !== "" && { text }),
      ...(draft.subject && { subject: draft.subject }),
      ...addresses("to", draft.to),
      ...addresses("cc", draft.cc),
      ...addresses("bcc", draft.bcc),
      ...(attachments.length > 0 && {
        attachments: attachments.map(({ mediaId, file }) => ({ media_id: mediaId, file_name: file.name })),
      }),
    };
    return text === "" && attachments.length === 0 ? [] : [{ type: "email", content, ...replyTo }];
  }
  const [first, ...others] = attachments;
  const withCaption = first !== undefined && text !== "" && takesCaption(channel, first.type);
  const files = attachments.map((one, i): SendMessageRequest => ({
    type: one.type,
    content: {
      media_id: one.mediaId,
      ...(one.type === "document" && { file_name: one.file.name }),
      ...(i === 0 && withCaption && { caption: text }),
      // A file of another kind than this is no voice message there.
      ...(channel === "whatsapp" && one.isVoice && one.file.type === "audio/ogg" && { voice: true }),
    },
    ...(i === 0 && replyTo),
  }));
  const words: SendMessageRequest[] =
    text === "" || withCaption
      ? []
      : [{ type: "text", content: { text }, ...(first === undefined && others.length === 0 ? replyTo : {}) }];
  return [...files, ...words];
}

function addresses(field: string, text: string | undefined): Record<string, string[]> {
  const all = (text ?? "").split(/[,;\s]+/).filter((one) => one.includes("@"));
  return all.length === 0 ? {} : { [field]: all };
}
