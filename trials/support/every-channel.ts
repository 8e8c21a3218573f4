/** Runs one trial on all channels. */
import { CHANNELS } from "./channels.ts";
import { createEnvironment, type Environment, type EnvironmentOptions } from "./environment.ts";
import type { Report } from "./report.ts";

/** The part of a trial's load for a channel. */
export const loadOf = ({ channel }: Pick<Environment, "channel">, full: number): number =>
  Math.max(1, Math.round(full * channel.load));

/** Runs a trial on each channel in an environment of its own. */
export async function onEveryChannel(
  report: Report,
  work: (environment: Environment, report: Report) => Promise<void>,
  options: EnvironmentOptions = {},
): Promise<void> {
  const wanted = process.env.TRIAL_CHANNEL;
  for (const channel of Object.values(CHANNELS).filter(({ name }) => wanted === undefined || wanted === name)) {
    const environment = await createEnvironment({ ...options, channel });
    try {
      await work(environment, {
        figure: (figure, ...rest) => report.figure(`${channel.name}: ${figure}`, ...rest),
        progress: (text) => report.progress(`${channel.name}: ${text}`),
      });
    } finally {
      await environment.close();
    }
  }
}
