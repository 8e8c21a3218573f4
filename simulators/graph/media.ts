/** Media: upload, look up, download, delete. Meta: Cloud API, media. */
import { graphError, unknownNode } from "./errors.ts";
import { ConnectionLost } from "./faults.ts";
import { newNodeId } from "./ids.ts";
import type { GraphCall, Simulation } from "./simulation.ts";
import type { MediaItem } from "./state.ts";
import { toHex } from "./webhook.ts";

const megabyte = 1024 * 1024;
const linkLifetimeMs = 5 * 60 * 1000;

/** The file types that Meta accepts, with their size limits in bytes. Other types are refused. */
const uploadLimits: [pattern: RegExp, maxBytes: number][] = [
  [/^image\/(jpeg|png)$/, 5 * megabyte],
  [/^image\/webp$/, megabyte / 2],
  [/^video\/(mp4|3gpp)$/, 16 * megabyte],
  [/^audio\/(aac|amr|mpeg|mp4|ogg|opus)$/, 16 * megabyte],
  [
    /^(text\/plain|application\/(pdf|msword|vnd\.ms-(excel|powerpoint)|vnd\.openxmlformats-officedocument\.[a-z.]+))$/,
    100 * megabyte,
  ],
];

const uploadTypes =
  "audio/aac, audio/mp4, audio/mpeg, audio/amr, audio/ogg, audio/opus, application/pdf, text/plain, image/jpeg, image/png, image/webp, video/mp4, video/3gpp and Office files";

export async function storeMedia({ state, now }: Simulation, source: Uint8Array, mimeType: string): Promise<MediaItem> {
  const bytes = new Uint8Array(source);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const item: MediaItem = { id: newNodeId(), mimeType, bytes, sha256, deleted: false, at: now() };
  state.media.set(item.id, item);
  return item;
}

/** POST /{phone_id}/media, multipart: messaging_product, file, type. */
export async function uploadMedia({ request, simulation, record }: GraphCall): Promise<Response> {
  let form: FormData;
  try {
    form = await request.formData();
  } catch {
    return graphError(100, { details: "The parameter file is required, as multipart/form-data." });
  }
  if (form.get("messaging_product") !== "whatsapp") {
    return graphError(100, { message: "(#100) The parameter messaging_product is required." });
  }
  const file = form.get("file");
  if (file === null || typeof file === "string")
    return graphError(100, { message: "(#100) The parameter file is required." });
  const declared = form.get("type");
  const mimeType = file.type || (typeof declared === "string" ? declared : "");
  const essence = mimeType.split(";")[0]?.trim().toLowerCase() ?? "";
  const limit = uploadLimits.find(([pattern]) => pattern.test(essence));
  if (!limit) {
    return graphError(100, {
      message: `(#100) Param file must be a file with one of the following types: ${uploadTypes}. Received file of type '${mimeType}'.`,
    });
  }
  if (file.size > limit[1])
    return graphError(131053, { details: `File of ${file.size} bytes is larger than ${limit[1]} bytes.` });
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (essence === "audio/ogg" && !Buffer.from(bytes.subarray(0, 300)).includes("OpusHead"))
    return graphError(131053, { details: "Audio file uploaded with mimetype audio/ogg is not encoded with Opus." });
  const { id } = await storeMedia(simulation, bytes, mimeType);
  if (simulation.faults.strikes(simulation.faults.current.uploadLost)) {
    record.fault = "uploadLost";
    throw new ConnectionLost();
  }
  return Response.json({ id });
}

/** GET /{media_id}. The link in the answer expires after five minutes; the id stays valid. */
export function getMedia({ id, url, simulation }: GraphCall): Response {
  const item = simulation.state.media.get(id);
  if (!item || item.deleted) return unknownNode("GET", id);
  const hash = crypto.randomUUID().replaceAll("-", "");
  const expiresAt = simulation.now() + linkLifetimeMs;
  simulation.state.mediaLinks.set(hash, { mediaId: id, expiresAt });
  const query = new URLSearchParams({ mid: id, ext: String(Math.floor(expiresAt / 1000)), hash });
  return Response.json({
    url: `${simulation.baseUrl ?? url.origin}/whatsapp_business/attachments/?${query.toString()}`,
    mime_type: item.mimeType,
    sha256: toHex(item.sha256),
    file_size: item.bytes.byteLength,
    id,
    messaging_product: "whatsapp",
  });
}

/** A picture of one point, whose colour the id decides. Made at its first use. */
export function pictureLink(simulation: Simulation, name: string): string {
  const { state, now } = simulation;
  const colour = [0, 85, 170].map((add) =>
    [...name].reduce((sum, each) => (sum * 31 + each.charCodeAt(0) + add) % 256, 7),
  );
  const header = [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0];
  const point = [0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b];
  const bytes = new Uint8Array([...header, ...colour, ...point]);
  const item = { id: name, mimeType: "image/gif", bytes, sha256: new Uint8Array(32), deleted: false, at: now() };
  if (!state.media.has(name)) state.media.set(name, item);
  return fileLink(simulation, name);
}

/** A link to a file that needs no token, as Messenger and Instagram have them. It expires too. */
export function fileLink({ state, now, baseUrl = "" }: Simulation, id: string): string {
  const hash = crypto.randomUUID().replaceAll("-", "");
  state.mediaLinks.set(hash, { mediaId: id, expiresAt: now() + linkLifetimeMs });
  return `${baseUrl}/cdn/${id}?${new URLSearchParams({ hash }).toString()}`;
}

/** GET of a download link. */
export function downloadMedia({ url, simulation, record }: GraphCall): Response {
  const link = simulation.state.mediaLinks.get(url.searchParams.get("hash") ?? "");
  const item = link && link.expiresAt > simulation.now() ? simulation.state.media.get(link.mediaId) : undefined;
  if (!item || item.deleted) return new Response("Not found", { status: 404 });
  const headers = { "Content-Type": item.mimeType, "Content-Length": String(item.bytes.byteLength) };
  if (!simulation.faults.strikes(simulation.faults.current.downloadStalled))
    return new Response(item.bytes, { headers });
  record.fault = "downloadStalled";
  const half = item.bytes.slice(0, item.bytes.byteLength / 2);
  return new Response(new ReadableStream({ start: (controller) => controller.enqueue(half) }), { headers });
}

export function deleteMedia({ id, simulation }: GraphCall): Response {
  const item = simulation.state.media.get(id);
  if (!item || item.deleted) return unknownNode("DELETE", id);
  item.deleted = true;
  return Response.json({ success: true });
}
