import { useState } from "react";
import type { Message } from "../../../api/api.gen";
import { Button } from "../../../kit/button";
import { useWords } from "../../../kit/words";
import { inboxWords } from "../words";
import { type Content, type FileOf, isRecord, numberIn, recordsIn, sourceOf, textIn } from "./content";
import { File } from "./media";
import { MessageText } from "./text";
import style from "./email.module.css";

/** A mail: who to whom, its own words, what it repeats behind a button, its HTML in a frame that runs nothing. */
export function Email({ message: { content, created_at: at } }: { message: Message }) {
  const { thread: words } = useWords(inboxWords);
  const [isHtml, setHtml] = useState(false);
  const [isQuoted, setQuoted] = useState(false);
  const subject = textIn(content.subject);
  const text = textIn(content.text);
  const quoted = textIn(content.quoted);
  const html = textIn(content.html_url);
  const files = recordsIn(content.attachments).filter(({ inline }) => inline !== true);
  return (
    <div className={style.mail}>
      <header>
        {subject !== undefined && <h3 dir="auto">{subject}</h3>}
        <Parties content={content} />
        {content.automated === true && <small>{words.automated}</small>}
      </header>
      {isHtml && html !== undefined ? <Frame url={html} /> : <MessageText text={text ?? words.noText} />}
      <div className={style.tools}>
        {html !== undefined && (
          <Button kind="plain" isSmall onPress={() => setHtml(!isHtml)}>
            {isHtml ? words.asText : words.asSent}
          </Button>
        )}
        {quoted !== undefined && !isHtml && (
          <Button kind="plain" isSmall aria-expanded={isQuoted} onPress={() => setQuoted(!isQuoted)}>
            {isQuoted ? words.hideQuoted : words.showQuoted}
          </Button>
        )}
      </div>
      {isQuoted && quoted !== undefined && !isHtml && (
        <blockquote className={style.quoted}>
          <MessageText text={quoted} />
        </blockquote>
      )}
      {files
        .flatMap((file) => attached(file, at))
        .map((file) => (
          <File key={file.url} file={file} />
        ))}
    </div>
  );
}

function attached(file: Content, at: string): FileOf[] {
  const { mime_type, file_name, file_size } = file;
  const url = textIn(file.url);
  if (url === undefined) return [];
  return [
    {
      url,
      src: sourceOf(file, at) ?? url,
      mimeType: textIn(mime_type) ?? "",
      name: textIn(file_name),
      size: numberIn(file_size),
    },
  ];
}

/** Its own policy forbids scripts and forms; images of other hosts tell them that the mail was read. */
function Frame({ url }: { url: string }) {
  const { thread: words } = useWords(inboxWords);
  const [withImages, setImages] = useState(false);
  return (
    <>
      <iframe
        className={style.frame}
        title={words.asSent}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        src={`${new URL(url, location.href).pathname}${withImages ? "?images=1" : ""}`}
      />
      {!withImages && (
        <Button kind="plain" isSmall onPress={() => setImages(true)}>
          {words.loadImages}
        </Button>
      )}
    </>
  );
}

function Parties({ content }: { content: Content }) {
  const { thread: words } = useWords(inboxWords);
  const rows = [
    [words.from, addresses(content.from)],
    [words.to, addresses(content.to)],
    [words.cc, addresses(content.cc)],
    [words.bcc, addresses(content.bcc)],
  ] as const;
  return (
    <dl className={style.parties}>
      {rows.map(([name, value]) =>
        value === "" ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

const addresses = (value: unknown): string =>
  [value]
    .flat()
    .map((one) => (isRecord(one) ? (textIn(one.name) ?? textIn(one.address)) : textIn(one)))
    .filter((one) => one !== undefined)
    .join(", ");
