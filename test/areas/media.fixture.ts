import { env } from "cloudflare:workers";
import { signedLink } from "../../src/domain/media-links";
import { eventually, projected } from "../harness";
import { type Ask, created, type Fixture, NOBODY } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    mediaId: string;
  }
}

const upload: Ask = {
  body: '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nHello\r\n--x--',
  headers: { "content-type": "multipart/form-data; boundary=x" },
};

export const media: Fixture = {
  make: async ({ org, conversationId }) => ({
    mediaId: await eventually(async () => {
      await projected(org, conversationId);
      const row = await org.tenantDb
        .prepare("SELECT id FROM media WHERE org_id = ? AND conversation_id = ?")
        .bind(org.id, conversationId)
        .first<{ id: string }>();
      if (!row) throw new Error("the file is not copied yet");
      return row.id;
    }),
  }),
  recipes: {
    uploadMedia: { asks: () => [upload], stranger: created },
    uploadPublicMedia: { asks: () => [upload], stranger: created },
    getMedia: { asks: (t) => [{ params: { id: t.mediaId } }], stranger: 404, blind: 404 },
  },
  open: {
    openFile: "the link is the proof: uploads.test.ts",
    openMailHtml: "the link is the proof: email.test.ts",
  },
  pool: async (t) => {
    const mail = `${t.org.id}/mail/${"a".repeat(40)}/html`;
    await env.MEDIA.put(mail, "<p>Hello</p>");
    return {
      "id Media": [t.mediaId, NOBODY],
      token: [`${t.org.id}/${t.conversationId}/${t.mediaId}`, mail].map(tokenOf),
    };
  },
};

const tokenOf = (key: string): string =>
  signedLink({ SESSION_SECRET: env.SESSION_SECRET, PUBLIC_URL: "" }, key, Date.now()).split("/").at(-1)!;
