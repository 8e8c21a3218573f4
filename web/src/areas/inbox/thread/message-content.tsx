import { Ban, CircleHelp, Megaphone } from "lucide-react";
import type { Message } from "../../../api/api.gen";
import { useWords } from "../../../kit/words";
import { inboxWords } from "../words";
import { type Content, fileOf, recordIn, recordsIn, textIn, webLink } from "./content";
import { Email } from "./email";
import { File, Missing, Picture, Video } from "./media";
import { Buttons, Cards, Location, Order, SharedContacts } from "./structured";
import { MessageText } from "./text";
import { Voice } from "./voice";
import style from "./message.module.css";

/** The inside of a bubble, by type. A type that no screen knows is said to be so, never left blank. */
export function MessageContent({ message }: { message: Message }) {
  const { thread: words } = useWords(inboxWords);
  const { type, content, revoked_at: revokedAt } = message;
  if (revokedAt !== null)
    return (
      <p className={style.aside}>
        <Ban size={14} aria-hidden /> {words.revoked}
      </p>
    );
  const caption = textIn(content.caption) ?? (type === "text" ? undefined : textIn(content.text));
  switch (type) {
    case "text":
      return <Plain content={content} />;
    case "image":
    case "sticker":
    case "video":
    case "audio":
    case "document":
      return <FileContent message={message} caption={caption} />;
    case "location":
      return <Location content={content} />;
    case "contacts":
      return <SharedContacts content={content} />;
    case "interactive":
      return <Interactive content={content} />;
    case "template":
      return <Template content={content} />;
    case "button":
    case "postback":
    case "quick_reply":
      return <Chosen content={content} />;
    case "order":
      return <Order content={content} />;
    case "share":
    case "story_mention":
    case "story_reply":
      return <Shared message={message} caption={caption} />;
    case "email":
      return <Email message={message} />;
    default:
      return <Unknown message={message} caption={caption} />;
  }
}

const Plain = ({ content }: { content: Content }) => (
  <>
    <MessageText text={textIn(content.text) ?? ""} hasMarks />
    <Buttons titles={recordsIn(content.quick_replies).map(({ title }) => textIn(title))} />
  </>
);

function FileContent({
  message: { type, content, status, created_at: at },
  caption,
}: {
  message: Message;
  caption: string | undefined;
}) {
  const file = fileOf(content, at);
  const many = recordsIn(content.images).flatMap((one) => fileOf(one, at) ?? []);
  const outside = webLink(content.url) ?? webLink(content.link);
  // A sticker may be a sign alone.
  const isSign = type === "sticker" && file === undefined && caption !== undefined;
  return (
    <>
      {file && (type === "image" || type === "sticker") && <Picture file={file} isSticker={type === "sticker"} />}
      {file && type === "video" && <Video file={file} />}
      {file && type === "audio" && <Voice file={file} isVoice={content.voice === true} />}
      {file && type === "document" && <File file={file} />}
      {many.map((one) => (
        <Picture key={one.url} file={one} isSticker={false} />
      ))}
      {!file && many.length === 0 && !isSign && (
        <Missing content={content} outside={outside} isRecent={status !== "failed"} at={at} />
      )}
      {caption !== undefined && (
        <div className={file && type !== "audio" && type !== "document" ? style.caption : undefined}>
          <MessageText text={caption} hasMarks />
        </div>
      )}
    </>
  );
}

/** Shows a customer's choice, or the choices that we offer. */
function Interactive({ content }: { content: Content }) {
  const { thread: words } = useWords(inboxWords);
  const ours = recordIn(content.interactive);
  const template = recordIn(content.template);
  if (Object.keys(template).length > 0) return <Cards template={template} text={textIn(content.text)} />;
  if (Object.keys(ours).length === 0) return <Chosen content={content} />;
  const action = recordIn(ours.action);
  const header = textIn(recordIn(ours.header).text);
  const footer = textIn(recordIn(ours.footer).text);
  const rows = recordsIn(action.sections).flatMap(({ rows: all }) => recordsIn(all));
  return (
    <>
      {header !== undefined && (
        <b>
          <MessageText text={header} />
        </b>
      )}
      <MessageText text={textIn(recordIn(ours.body).text) ?? textIn(content.text) ?? words.choice} hasMarks />
      {footer !== undefined && <small className={style.footnote}>{footer}</small>}
      <Buttons
        titles={[
          ...recordsIn(action.buttons).map((button) => textIn(recordIn(button.reply).title) ?? textIn(button.title)),
          ...rows.map(({ title }) => textIn(title)),
          textIn(recordIn(action.parameters).display_text),
        ]}
      />
    </>
  );
}

function Chosen({ content }: { content: Content }) {
  const { thread: words } = useWords(inboxWords);
  const answers = Object.entries(recordIn(content.response)).filter(([, value]) => typeof value !== "object");
  return (
    <>
      <small className={style.kind}>{answers.length > 0 ? words.form : words.chosen}</small>
      <MessageText text={textIn(content.text) ?? textIn(content.title) ?? textIn(content.id) ?? words.choice} />
      {answers.length > 0 && (
        <dl className={style.answers}>
          {answers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{String(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

function Template({ content }: { content: Content }) {
  const { thread: words } = useWords(inboxWords);
  const name = textIn(content.name) ?? "";
  const text = textIn(content.text);
  return (
    <>
      <small className={style.kind}>
        <Megaphone size={12} aria-hidden /> {words.template(name)}
      </small>
      {text === undefined ? <MessageText text={words.templateUnknown} /> : <MessageText text={text} hasMarks />}
    </>
  );
}

/** A post, a reel, a story. */
function Shared({
  message: { type, content, created_at: at },
  caption,
}: {
  message: Message;
  caption: string | undefined;
}) {
  const { thread: words } = useWords(inboxWords);
  const file = fileOf(content, at);
  const link = webLink(content.link);
  const isVideo = file?.mimeType.startsWith("video/") ?? false;
  return (
    <>
      <small className={style.kind}>{words.shares[type as "share" | "story_mention" | "story_reply"]}</small>
      {file && (isVideo ? <Video file={file} /> : <Picture file={file} isSticker={false} />)}
      {caption !== undefined && <MessageText text={caption} />}
      {link !== undefined && <MessageText text={link} />}
      {!file && caption === undefined && link === undefined && <p className={style.aside}>{words.storyGone}</p>}
    </>
  );
}

function Unknown({ message: { content }, caption }: { message: Message; caption: string | undefined }) {
  const { thread: words } = useWords(inboxWords);
  return (
    <>
      <p className={style.aside}>
        <CircleHelp size={14} aria-hidden /> {words.unsupported(textIn(content.original_type))}
      </p>
      {caption !== undefined && <MessageText text={caption} />}
    </>
  );
}
