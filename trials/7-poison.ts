/**
 * D1 refuses one conversation of a thousand, and one queue message is invalid: the others pass, and both are dead
 * letters with an error.
 */
import { call, createEnvironment, inParallel, pause } from "./support/environment.ts";
import { exactly, type Report } from "./support/report.ts";
import { conversationsOf } from "./support/traffic.ts";

export const name = "poison";

const CONVERSATIONS = 1000;
const OPERATOR_TOKEN = "trial-operator-token-trial-operator-token";

interface DeadLetter {
  org_id: string | null;
  body: string;
  error: string;
}

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment({ vars: { QUEUE_MAX_ATTEMPTS: "3", OPERATOR_TOKEN } });
  try {
    await environment.inspect(async (platform, deployment) => {
      const control = await platform.miniflare.getD1Database("CONTROL_DB");
      const events = await platform.miniflare.getQueueProducer("EVENTS");
      const inbound = conversationsOf(CONVERSATIONS, 1, Date.now() - 3_600_000);
      const poisoned = environment.conversationId(inbound[500]!.from);
      for (const db of deployment.tenantDatabases) {
        await db
          .prepare(
            `CREATE TRIGGER trial_poison BEFORE INSERT ON conversations WHEN new.id = '${poisoned}' BEGIN SELECT raise(ABORT, 'poisoned by the trial'); END`,
          )
          .run();
      }
      await events.send({ nonsense: true });
      const startedAt = performance.now();
      await inParallel(inbound, 16, async (message) => {
        while ((await environment.deliver([message])) !== 200);
      });

      const projected = async (): Promise<number> => {
        const counts = await Promise.all(
          deployment.tenantDatabases.map((db) =>
            db
              .prepare("SELECT count(*) AS n FROM conversations WHERE org_id = ? AND message_count = 1")
              .bind(environment.orgId)
              .first<{ n: number }>(),
          ),
        );
        return counts.reduce((sum, row) => sum + (row?.n ?? 0), 0);
      };
      const dead = async (): Promise<DeadLetter[]> =>
        (
          await control
            .prepare("SELECT org_id, body, error FROM dead_letters WHERE replayed_at IS NULL")
            .all<DeadLetter>()
        ).results;
      await within(60, async () => (await projected()) >= CONVERSATIONS - 1);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      exactly(report, `projected beside it (${seconds} s)`, await projected(), CONVERSATIONS - 1);
      report.progress("waiting for the last attempt");
      await within(60, async () => (await dead()).length >= 2);
      // Further retries of the conversation must not add dead letters.
      await pause(15_000);
      const letters = await dead();
      const ours = letters.filter(({ org_id }) => org_id === environment.orgId);
      exactly(report, "dead letters of the conversation", ours.length, 1);
      report.figure(
        "its reason",
        ours[0]?.error ?? "none",
        "what D1 said",
        ours[0]?.error.includes("poisoned by the trial") ?? false,
      );
      exactly(
        report,
        "dead letters of the nonsense",
        letters.filter(({ body }) => body.includes("nonsense")).length,
        1,
      );

      for (const db of deployment.tenantDatabases) await db.prepare("DROP TRIGGER trial_poison").run();
      const replayed = await call(`${platform.url}/operator/dead-letters/replay`, { token: OPERATOR_TOKEN, body: {} });
      exactly(report, "replay answered", replayed.status, 200);
      await within(20, async () => (await projected()) === CONVERSATIONS);
      exactly(report, "projected after the replay", await projected(), CONVERSATIONS);
    });
    exactly(report, "differences between objects and D1", (await environment.check([], 30)).differences.length, 0);
  } finally {
    await environment.close();
  }
}

async function within(seconds: number, done: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + seconds * 1000; Date.now() < until && !(await done());) await pause(200);
}
