import { expect } from "vitest";
import { flow } from "./stage";

flow("the operator's pages open with the token, which the tab forgets", async (org) => {
  const page = await org.open(org.admin, "/operator", { expects: /401/ });
  await page.getByLabel("Operator’s token").fill("not the token of anything");
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByText("This is not the token of this deployment.").waitFor();
  // A wrong token is no end of the session.
  expect(await page.getByText("Your session has ended").count()).toBe(0);

  await page.getByLabel("Operator’s token").fill(org.operatorToken);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("heading", { name: "Health", exact: true }).waitFor();
  await page.getByText("Answers", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Dead letters" }).click();
  await page.getByRole("heading", { name: "Nothing has failed for good" }).waitFor();
  await page.getByRole("link", { name: "Parked deliveries" }).click();
  await page.getByRole("heading", { name: "Waiting" }).waitFor();
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(kept).not.toContain(org.operatorToken);
  await page.reload();
  await page.getByLabel("Operator’s token").waitFor();
});
