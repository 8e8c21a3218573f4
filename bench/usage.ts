/** The resources that a process has used, from /proc (Linux). */
import { readFileSync } from "node:fs";

export interface Usage {
  cpuMs: number;
  /** Bytes that it caused to be written to the disk. */
  writtenBytes: number;
  /** Resident memory now, and the most so far. */
  residentMb: number;
  peakMb: number;
}

/** `/proc/<pid>/stat` counts in hundredths of a second on every usual Linux. */
const TICK_MS = 10;

export function usageOf(pid: number): Usage {
  const read = (file: string): string => readFileSync(`/proc/${pid}/${file}`, "utf8");
  // pid (name) state … with utime and stime as the 14th and 15th.
  const fields = read("stat")
    .replace(/^.*\) /s, "")
    .split(" ");
  const figure = (text: string, name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]);
  const status = read("status");
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    writtenBytes: figure(read("io"), "write_bytes"),
    residentMb: figure(status, "VmRSS") / 1024,
    peakMb: figure(status, "VmHWM") / 1024,
  };
}
