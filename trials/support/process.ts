/** The platform's process: its port, its address, its memory. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";

const START_SECONDS = 60;

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The address that a platform of serve.ts prints when it is up. */
export async function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error("the platform did not start in time")), START_SECONDS * 1000);
    child.once("exit", (code) => reject(new Error(`the platform ended with ${code}`)));
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split("\n").find((each) => each.startsWith('{"url"'));
      if (!line) return;
      clearTimeout(timer);
      resolve((JSON.parse(line) as { url: string }).url);
    });
  });
}

/** Resident memory of the runtime below a process (Linux). */
export async function memoryOf(parent: number | undefined): Promise<number> {
  let bytes = 0;
  for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "";
      if (field("Name") === "workerd" && Number(field("PPid")) === parent) bytes += Number(field("VmRSS")) * 1024;
    } catch {
      // The process has ended.
    }
  }
  return bytes;
}
