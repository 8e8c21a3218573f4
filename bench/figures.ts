/** The rows of the results table, and its formats. */
import { bold, green, red, yellow } from "../scripts/terminal.ts";
import type { Comparison } from "./compare.ts";
import type { Cost } from "./cost.ts";

export interface Figure {
  path: string;
  ours: string;
  bare?: string;
  /** Ours to bare; absent without a bare counterpart. */
  ratio?: string;
  must: string;
  isMet: boolean;
  queries?: string;
  rowsRead?: string;
  objectCalls?: string;
  /** The bottleneck, or the method of measurement. */
  note?: string;
}

const rate = ({ perSecond, p50, p90 }: Comparison["ours"]): string =>
  `${Math.round(perSecond).toLocaleString("en")}/s, ${p50.toFixed(1)} | ${p90.toFixed(1)} ms`;

interface Wanted {
  path: string;
  ratio: number;
  queries: number;
  objectCalls: number;
  /** Undefined: reported without a limit. */
  rowsRead: number | undefined;
  note?: string;
}

/** Makes a row that compares throughput with bare, with the cost of one answer. */
export function throughputFigure(wanted: Wanted, compared: Comparison, cost: Cost): Figure {
  const isMet =
    compared.ratio >= wanted.ratio &&
    cost.queries <= wanted.queries &&
    cost.objectCalls <= wanted.objectCalls &&
    cost.rowsRead <= (wanted.rowsRead ?? Number.POSITIVE_INFINITY);
  return {
    path: wanted.path,
    ours: rate(compared.ours),
    bare: rate(compared.bare),
    ratio: compared.ratio.toFixed(2),
    must: `≥ ${wanted.ratio}; queries ≤ ${wanted.queries}, rows ${wanted.rowsRead === undefined ? "reported" : `≤ ${Math.round(wanted.rowsRead)}`}, calls ≤ ${wanted.objectCalls}`,
    isMet,
    queries: String(cost.queries),
    rowsRead: String(cost.rowsRead),
    objectCalls: String(cost.objectCalls),
    ...(wanted.note && { note: wanted.note }),
  };
}

const HEADINGS = ["path", "ours", "bare", "ratio", "must", "", "D1 queries", "rows read", "object calls"];
const cells = (figure: Figure): string[] => [
  figure.path,
  figure.ours,
  figure.bare ?? "",
  figure.ratio ?? "",
  figure.must,
  figure.isMet ? "yes" : "NO",
  figure.queries ?? "",
  figure.rowsRead ?? "",
  figure.objectCalls ?? "",
];

export function toScreen(figures: readonly Figure[]): string {
  const rows = [HEADINGS, ...figures.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row, index) => {
    const line = row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ");
    if (index === 0) return bold(line);
    return figures[index - 1]!.isMet
      ? line.replace(/ yes /, ` ${green("yes")} `)
      : line.replace(/ NO /, ` ${red("NO")} `);
  });
  const notes = figures.filter((figure) => figure.note).map((figure) => `${yellow(figure.path)}: ${figure.note}`);
  return [...lines, "", ...notes].join("\n");
}

export function toMarkdown(figures: readonly Figure[], environment: readonly string[]): string {
  const row = (of: readonly string[]): string => `| ${of.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const notes = figures.filter((figure) => figure.note).map((figure) => `- **${figure.path}**: ${figure.note}`);
  return [
    "# Benchmark",
    "",
    "`npm run bench` wrote this. Ours and the bare platform took turns in one run; a ratio is the median of the turns' ratios. Columns of ours and bare: throughput, then p50 | p90.",
    "A bare Worker does only what the platform must do for the path: no login, no checks, no events (bench/bare/worker.ts). Costs are what the product says of one answer in its",
    "Server-Timing header.",
    "",
    ...environment.map((fact) => `- ${fact}`),
    "",
    row(HEADINGS.map((heading) => (heading === "" ? "met" : heading))),
    row(HEADINGS.map(() => "---")),
    ...figures.map((figure) => row(cells(figure))),
    "",
    ...notes,
    "",
  ].join("\n");
}
