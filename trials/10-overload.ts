/** Overload for half a minute: memory stays bounded, refusals are answered, and throughput recovers afterwards. */
import { call, createEnvironment, inParallel, pause, percentile } from "./support/environment.ts";
import { checkStateWithin } from "./support/checker.ts";
import { atMost, exactly, type Report } from "./support/report.ts";
import { deliveryOf, webhookRequest } from "./support/traffic.ts";

export const name = "overload";

const [CONVERSATIONS, CONNECTIONS, USUAL_CONNECTIONS, SECONDS] = [500, 64, 4, process.env.TRIAL_SMALL ? 10 : 30];

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment();
  try {
    await environment.inspect(async (platform, deployment) => {
      const { token, phoneNumberId, appSecret } = environment;
      const url = platform.url;
      const answers = new Map<string, number>();
      let n = 0;
      let accepted = 0;
      const load = async (connections: number, seconds: number): Promise<number> => {
        const until = Date.now() + seconds * 1000;
        let peak = 0;
        const watch = setInterval(() => void environment.memory().then((bytes) => (peak = Math.max(peak, bytes))), 500);
        await inParallel(Array.from({ length: connections }), connections, async () => {
          while (Date.now() < until) {
            const i = n++;
            const from = `62822${String(i % CONVERSATIONS).padStart(8, "0")}`;
            const body = deliveryOf(phoneNumberId, [
              { from, id: `wamid.overload.${i}`, at: Date.now(), text: `message ${i}` },
            ]);
            const answer = await deliver(await webhookRequest(url, body, appSecret));
            answers.set(answer, (answers.get(answer) ?? 0) + 1);
            if (answer === "200") accepted++;
            if (i % 200 === 0) report.progress(`${i} webhooks`);
          }
        });
        clearInterval(watch);
        return peak;
      };
      const read = async (): Promise<number> => {
        const times: number[] = [];
        for (let i = 0; i < 100; i++) times.push((await call(`${url}/api/conversations?limit=50`, { token })).ms);
        return percentile(times, 0.99);
      };
      // A sum in D1, since calls of every conversation would add load.
      const settled = async (): Promise<boolean> => {
        let known = 0;
        for (const db of deployment.tenantDatabases) {
          known +=
            (await db
              .prepare("SELECT coalesce(sum(message_count), 0) AS n FROM conversations WHERE org_id = ?")
              .bind(environment.orgId)
              .first<number>("n")) ?? 0;
        }
        return known >= accepted;
      };

      // Warm-up: all conversations exist before the measurement.
      await load(USUAL_CONNECTIONS, 20);
      while (!(await settled())) await pause(500);
      const usual = await load(USUAL_CONNECTIONS, 10);
      while (!(await settled())) await pause(500);
      const readsBefore = await read();
      answers.clear();
      const before = accepted;
      const peak = await load(CONNECTIONS, SECONDS);
      report.figure("accepted a second", Math.round((accepted - before) / SECONDS), "for comparison", true);
      const wrong = [...answers].filter(([answer]) => answer !== "200" && answer !== "503 with Retry-After");
      report.figure(
        "answers",
        [...answers].map(([answer, count]) => `${answer}: ${count}`).join(", "),
        "200, or 503 with Retry-After",
        wrong.length === 0,
      );
      const endedAt = Date.now();
      while (!(await settled()) && Date.now() - endedAt < 120_000) {
        report.progress(`the outboxes empty: ${Math.round((Date.now() - endedAt) / 1000)} s`);
        await pause(500);
      }
      atMost(report, "all in D1 after", (Date.now() - endedAt) / 1000, 60, " s");
      const readsAfter = await read();
      atMost(report, `memory at most, of ${(usual / 1e6).toFixed(0)} MB under the usual load`, peak / usual, 1.5, "x");
      atMost(report, `reads afterwards p99, of ${readsBefore.toFixed(0)} ms before`, readsAfter / readsBefore, 2, "x");
      const findings = await checkStateWithin(30, deployment, environment.orgId);
      exactly(report, "messages that were accepted and are not there", accepted - findings.messages, 0);
      exactly(report, "differences between objects and D1", findings.differences.length, 0);
    });
  } finally {
    await environment.close();
  }
}

async function deliver(request: Request): Promise<string> {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(60_000) });
    await response.arrayBuffer();
    return response.status === 503 && response.headers.has("retry-after")
      ? "503 with Retry-After"
      : String(response.status);
  } catch (error) {
    return error instanceof Error ? error.name : "error";
  }
}
