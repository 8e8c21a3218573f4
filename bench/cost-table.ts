/** The tables of `npm run bench -- cost`. */
import { join } from "node:path";
import { root } from "../scripts/bundle.ts";
import { bold, dim } from "../scripts/terminal.ts";
import type { Statement } from "./meter/counts.ts";
import { CONVERSATIONS, type KindCost, type Units } from "./message-cost.ts";
import { INCLUDED, PLAN, PRICES } from "./prices.ts";

/** The committed table. */
export const COST_FILE = join(root, "test", "system", "cost.md");

type Billed = Record<keyof typeof PRICES, number>;

const billed = (units: Units): Billed => ({
  d1RowsWritten: units.d1RowsWritten,
  d1RowsRead: units.d1RowsRead,
  objectRowsWritten: units.conversationRows + units.streamRows + units.campaignRows,
  objectRequests: units.objectRequests,
  queueOperations: units.queueOperations,
  workerRequests: units.workerRequests,
  r2Writes: units.r2Writes,
  r2Reads: units.r2Reads,
});

const NAMES = Object.keys(PRICES) as (keyof Billed)[];
const record = (value: (name: keyof Billed) => number): Billed =>
  Object.fromEntries(NAMES.map((name) => [name, value(name)])) as Billed;

const dollarsPerMillion = (of: Billed): number => NAMES.reduce((sum, name) => sum + of[name] * PRICES[name], 0);

/** A message alone in its batch, as in a shop of any usual size: the consumer takes a second's messages at once. */
const alone = ({ each, batch }: KindCost): Billed => {
  const [one, shared] = [billed(each), billed(batch)];
  return record((name) => one[name] + (name === "d1RowsRead" ? 0 : shared[name]));
};

const withAlarms = (rows: number, alarms: number): string => (alarms === 0 ? String(rows) : `${rows} (${alarms})`);
const COLUMNS: [heading: string, cell: (cost: KindCost) => string][] = [
  ["one message", ({ kind }) => kind],
  ["D1 rows written", ({ each }) => String(each.d1RowsWritten)],
  ["+ a batch", ({ batch }) => String(batch.d1RowsWritten)],
  ["rows read", ({ each }) => String(each.d1RowsRead)],
  ["queries", ({ each }) => String(each.d1Queries)],
  ["conversation's rows", ({ each }) => withAlarms(each.conversationRows, each.conversationAlarms)],
  ["stream's rows", ({ each }) => withAlarms(each.streamRows, each.streamAlarms)],
  ["campaign's rows", ({ each }) => String(each.campaignRows)],
  ["object requests", ({ each }) => String(each.objectRequests)],
  ["queue operations", ({ each }) => String(each.queueOperations)],
  ["Worker requests", ({ each }) => String(each.workerRequests)],
  ["R2", ({ each }) => String(each.r2Writes + each.r2Reads)],
  ["$ a million", ({ each }) => dollarsPerMillion(billed(each)).toFixed(2)],
  ["alone", (cost) => dollarsPerMillion(alone(cost)).toFixed(2)],
];

const NOTES = [
  `Counted at the bindings until nothing is pending: ${CONVERSATIONS} messages of a kind, each to another conversation, while one live socket of an agent is open.`,
  "`+ a batch`: written once for all messages that one run of the consumer takes. Rows read and queries for all of them, such as of a session, are left out; queries are round trips and have no price.",
  "In brackets: the alarms among these rows. Commits of one conversation within ten seconds share an alarm; here each kind is alone. The stream is the organization's live inbox: a row for each call, less where events of several conversations arrive within 4 ms.",
  "A campaign message and its statuses: of a conversation that is known and resolved. The campaign's progress, written once a second at most, is left out. In D1 a campaign has no rows of its own for a recipient.",
  "`alone`: the same in a batch of one, with its run of the consumer. Prices: bench/prices.ts. Not counted: the time of objects and of the CPU, rows read in objects, storage.",
];

/** The table in Markdown, aligned for the screen. */
export function costTable(costs: readonly KindCost[]): string {
  const table = [COLUMNS.map(([heading]) => heading), ...costs.map((cost) => COLUMNS.map(([, cell]) => cell(cost)))];
  const [heading, ...rows] = aligned(table).map((cells) => `| ${cells.join(" | ")} |`);
  return [heading!, heading!.replaceAll(/[^|]/g, "-"), ...rows, "", ...NOTES.map((note) => `- ${note}`), ""].join("\n");
}

/** Where the rows of each kind go: one line for each statement and place. */
export function detailTable({ kind, statements }: KindCost): string {
  const per = (n: number): string => {
    const rest = n % CONVERSATIONS;
    return `${Math.floor(n / CONVERSATIONS)}${rest > 0 ? ` + ${rest}` : ""}`;
  };
  const rows = statements
    .toSorted((a, b) => b.rowsWritten - a.rowsWritten || b.rowsRead - a.rowsRead)
    .map((one) => [one.store, one.place, per(one.rowsWritten), per(one.rowsRead), per(one.runs), ...labelOf(one)]);
  const [heading, ...lines] = aligned([
    ["rows of", "run by", "written", "read", "runs", "table", "statement"],
    ...rows,
  ]);
  return [
    bold(kind),
    dim(`${heading!.join("  ")}; figures: for each message + for all ${CONVERSATIONS}`),
    ...lines.map((cells) => cells.join("  ").trimEnd()),
  ].join("\n");
}

/** The table and the beginning of a statement. */
function labelOf({ sql }: Statement): [table: string, beginning: string] {
  const target =
    /\b(?:INSERT[\w ]* INTO|(?<!DO )UPDATE|DELETE FROM|CREATE[\w ]*? (?:ON|TABLE(?: IF NOT EXISTS)?))\s+(\w+)/i;
  const [, table = ""] = target.exec(sql) ?? /\bFROM\s+"?(\w+)/i.exec(sql) ?? [];
  return [table, sql.replaceAll(/\s+/g, " ").trim().slice(0, 80)];
}

/** Pads each column; figures are aligned to the right. */
function aligned(rows: readonly (readonly string[])[]): string[][] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, i) => (/^[\d. +()]+$/.test(cell) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))),
  );
}

// ── Costs of a shop's month ────────────────────────────────────────────────────────────────────────────────────────────

const MESSAGES_A_MONTH = 300_000;
const MESSAGES_A_CONVERSATION = 10;
const AGENTS = 50;
/** Lists and pages that an agent's app loads: both for each message that it sends, and the list every five minutes. */
const LISTS_AN_AGENT = 22 * 8 * 12;

type KindsTimes = Record<string, number>;

const PAIR: KindsTimes = {
  "inbound, known conversation": 1,
  "sent, later": 1,
  "status sent": 1,
  "status delivered": 1,
  "status read": 1,
};

const HALF = MESSAGES_A_MONTH / 2;
const CONVERSATIONS_A_MONTH = MESSAGES_A_MONTH / MESSAGES_A_CONVERSATION;
const MONTH: KindsTimes = {
  "inbound, new conversation": CONVERSATIONS_A_MONTH,
  "inbound, known conversation": HALF - CONVERSATIONS_A_MONTH,
  "sent, first answer": CONVERSATIONS_A_MONTH,
  "sent, later": HALF - CONVERSATIONS_A_MONTH,
  "status sent": HALF,
  "status delivered": HALF,
  "status read": HALF,
  assignment: CONVERSATIONS_A_MONTH,
  resolve: CONVERSATIONS_A_MONTH,
  "read: list of 50 conversations": HALF + AGENTS * LISTS_AN_AGENT,
  "read: page of messages": HALF,
};

function total(costs: readonly KindCost[], times: KindsTimes, of: (cost: KindCost) => Billed): Billed {
  const found = Object.entries(times).map(([kind, n]) => ({ n, units: of(costs.find((one) => one.kind === kind)!) }));
  return record((name) => found.reduce((sum, { n, units }) => sum + n * units[name], 0));
}

const dollars = (n: number): string => `$${n.toFixed(2)}`;

/** Two sentences: a pair of messages, and a month of a shop. */
export function costSentences(costs: readonly KindCost[]): string[] {
  const pair = dollarsPerMillion(total(costs, PAIR, ({ each }) => billed(each)));
  const pairAlone = dollarsPerMillion(total(costs, PAIR, alone));
  const units = total(costs, MONTH, alone);
  const month = dollarsPerMillion(units) / 1e6;
  const beyond = dollarsPerMillion(record((name) => Math.max(0, units[name] - INCLUDED[name]))) / 1e6;
  return [
    `A question and its answer, with the answer's statuses sent, delivered and read, cost ${dollars(pair)} per million in full batches of the consumer and ${dollars(pairAlone)} one at a time: $${(pairAlone / 1e6).toFixed(6)} for one.`,
    `A month of a shop with ${AGENTS} agents and ${MESSAGES_A_MONTH.toLocaleString("en")} messages costs ${dollars(month)} at the prices of units, and beyond what Workers Paid includes ${dollars(beyond)} beside the plan's ${dollars(PLAN)}. Assumed: half of the messages inbound, each sent one with its three statuses, ${MESSAGES_A_CONVERSATION} messages a conversation with one assignment and one resolve, no two messages in one batch of the consumer, a list and a page of messages loaded for each answer and a list every five minutes of ${AGENTS} agents' 22 days of 8 hours. Without storage, the objects' time and the CPU's.`,
  ];
}
