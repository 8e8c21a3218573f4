import { expect, it } from "vitest";
import { oneAtATime } from "../../durable-objects/conversation.host";

it("does what was asked for while it was about to end", async () => {
  for (let turns = 0; turns < 8; turns++) {
    let waiting = 1;
    const run = oneAtATime(
      async () => void (waiting = 0),
      () => {},
    );
    const first = run();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    waiting++;
    await Promise.all([first, run()]);
    expect(waiting, `asked ${turns} microtasks later`).toBe(0);
  }
});

it("goes on after a failure, and never beside itself", async () => {
  const [failures, log]: [unknown[], string[]] = [[], []];
  let call = 0;
  const run = oneAtATime(
    async () => {
      log.push(`begins ${++call}`);
      await Promise.resolve();
      log.push(`ends ${call}`);
      if (call === 1) throw new Error("first");
    },
    (error) => failures.push(error),
  );
  await Promise.all([run(), run(), run()]);
  expect(log).toEqual(["begins 1", "ends 1", "begins 2", "ends 2"]);
  expect(failures).toHaveLength(1);
});
