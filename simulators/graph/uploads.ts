/** Upload sessions for samples. Meta: Resumable Upload API. */
import { graphError, unknownNode } from "./errors.ts";
import { ConnectionLost } from "./faults.ts";
import { newNodeId } from "./ids.ts";
import type { GraphCall } from "./simulation.ts";

/** POST /{app_id}/uploads?file_length&file_type&file_name */
export function openUpload({ url, simulation }: GraphCall): Response {
  const length = Number(url.searchParams.get("file_length"));
  const type = url.searchParams.get("file_type") ?? "";
  if (!Number.isInteger(length) || length <= 0)
    return graphError(100, { message: "(#100) The parameter file_length is required." });
  if (!/^(image\/(jpeg|png)|video\/mp4|application\/pdf)$/.test(type))
    return graphError(100, { message: `(#100) Param file_type must be a supported type - got "${type}".` });
  const id = `upload:${btoa(newNodeId()).replaceAll("=", "")}?sig=${newNodeId()}`;
  simulation.state.uploads.set(id, { id, type, length, received: new Uint8Array(0) });
  return Response.json({ id });
}

/** POST /upload:<id> with `file_offset`; GET tells how much there is. */
export async function continueUpload({ request, url, simulation, record }: GraphCall): Promise<Response> {
  const { state, faults } = simulation;
  const name = `${/upload:[^/]*$/.exec(url.pathname)?.[0]}${url.search}`;
  const session = state.uploads.get(name);
  if (!session) return unknownNode(request.method, name);
  if (request.method === "GET") return Response.json({ id: session.id, file_offset: session.received.byteLength });
  if (!(request.headers.get("Authorization") ?? "").startsWith("OAuth "))
    return graphError(190, { message: "An access token is required." });
  if (Number(request.headers.get("file_offset") ?? Number.NaN) !== session.received.byteLength)
    return graphError(100, { message: "(#100) The offset is not where the upload stopped." });
  const part = new Uint8Array(await request.arrayBuffer());
  const isLost = faults.strikes(faults.current.sampleLost);
  const kept = isLost ? part.slice(0, part.byteLength / 2) : part;
  const received = new Uint8Array(session.received.byteLength + kept.byteLength);
  received.set(session.received);
  received.set(kept, session.received.byteLength);
  session.received = received;
  if (isLost) {
    record.fault = "sampleLost";
    throw new ConnectionLost();
  }
  if (received.byteLength < session.length) return Response.json({ id: session.id, file_offset: received.byteLength });
  session.handle = `4::sim${btoa(session.type)}:${newNodeId()}`;
  return Response.json({ h: session.handle });
}
