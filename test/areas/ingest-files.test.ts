import { expect, it } from "vitest";
import { withOneFileEach } from "../../src/areas/ingest/files";
import type { ChannelUpdate, MediaReference } from "../../src/channels/channel";

const message = (files?: MediaReference[]): ChannelUpdate => ({
  kind: "message",
  account: "1",
  from: { address: "42" },
  message: {
    externalId: "m",
    at: 5,
    type: "image",
    content: { caption: "Look" },
    replyTo: "before",
    ...(files && { files }),
  },
});

it("leaves what has one file or none as it is", () => {
  const status: ChannelUpdate = { kind: "status", account: "1", to: {}, externalId: "m", status: "read", at: 5 };
  for (const update of [status, message(), message([]), message([{ externalId: "a" }])])
    expect(withOneFileEach(update)).toEqual([update]);
});

it("makes a message of each file: the first with the text and the id, the others with ids that come again", () => {
  const files: MediaReference[] = [
    { externalId: "a" },
    { externalId: "b", type: "document", mimeType: "application/pdf", fileName: "b.pdf" },
    { externalId: "c" },
  ];
  const parts = withOneFileEach(message(files));
  expect(parts).toEqual([
    { ...message([files[0]!]) },
    {
      kind: "message",
      account: "1",
      from: { address: "42" },
      message: {
        externalId: "m#2",
        at: 5,
        type: "document",
        content: { mime_type: "application/pdf", file_name: "b.pdf" },
        files: [files[1]],
      },
    },
    {
      kind: "message",
      account: "1",
      from: { address: "42" },
      message: { externalId: "m#3", at: 5, type: "image", content: {}, files: [files[2]] },
    },
  ]);
  // Updates that were parked in parts stay as they are.
  expect(parts.flatMap(withOneFileEach)).toEqual(parts);
});
