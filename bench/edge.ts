/** Stands between a browser and the Worker as Cloudflare's edge does: compresses what the Worker serves as it is. */
import { createServer, request as ask } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { pipeline } from "node:stream";
import { createGzip } from "node:zlib";

export interface Edge {
  /** On `localhost`, which browsers trust like a host with TLS. */
  origin: string;
  close(): void;
}

const COMPRESSED = /^(text\/|application\/(javascript|json|manifest)|image\/svg)/;

export async function startEdge(target: string): Promise<Edge> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const asked = ask({ hostname, port, path, method, headers }, (answer) => {
      const isCompressed =
        answer.headers["content-encoding"] === undefined && COMPRESSED.test(answer.headers["content-type"] ?? "");
      const { "content-length": _, ...others } = answer.headers;
      const failed = (): void => void outgoing.destroy();
      outgoing.writeHead(answer.statusCode!, isCompressed ? { ...others, "content-encoding": "gzip" } : answer.headers);
      if (isCompressed) pipeline(answer, createGzip(), outgoing, (error) => error && failed());
      else pipeline(answer, outgoing, (error) => error && failed());
    });
    asked.on("error", () => outgoing.destroy());
    incoming.pipe(asked);
  });
  server.on("upgrade", (incoming, socket, head) => {
    const line = connect(Number(port), hostname);
    const end = (): void => void (line.destroy(), socket.destroy());
    line.on("error", end);
    socket.on("error", end);
    const { method, url: path, rawHeaders } = incoming;
    const headers = rawHeaders.map((one, i) => `${one}${i % 2 === 0 ? ": " : "\r\n"}`).join("");
    line.write(`${method} ${path} HTTP/1.1\r\n${headers}\r\n`);
    line.write(head);
    line.pipe(socket).pipe(line);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => (server.closeAllConnections(), server.close()),
  };
}
