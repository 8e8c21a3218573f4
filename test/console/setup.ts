import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { chromiumPath, hasChromium, startStage } from "../../scripts/console-stage.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** undefined: this machine has no Chromium, and the flows are skipped. */
    stage: { app: string; graph: string; operatorToken: string; minute: string; browser: string } | undefined;
  }
}

/** Starts the platform, the simulator of Meta and a browser, once for all flows. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!hasChromium()) {
    console.warn(`${chromiumPath} is not there: the flows of the console are skipped (apt-get install chromium).`);
    project.provide("stage", undefined);
    return async () => undefined;
  }
  const stage = await startStage();
  const browser = await chromium.launchServer({ executablePath: stage.chromium, args: stage.chromiumArgs });
  const { app, graph, operatorToken, minute } = stage;
  project.provide("stage", { app, graph, operatorToken, minute, browser: browser.wsEndpoint() });
  return async () => {
    await browser.close();
    await stage.close();
  };
}
