import { expect, inject } from "vitest";
import { bubble, eventually, flow, openBeside, row, rowNames } from "./stage";

flow("resolve: the next opens; the customer rates on the public page, and the badge appears", async (org) => {
  const customers = [];
  for (const name of ["Dewi", "Sari", "Budi"]) customers.push(await org.customer(name, `hello from ${name}`));
  const budi = customers[2]!;
  // Nobody may rate own work.
  const ana = await org.agent("Ana");
  await org.api(`/api/conversations/${budi.id}/assign`, { method: "PATCH", body: { agent_id: ana.id } });
  const page = await org.open(org.admin, "/inbox/?status=open&status=pending");
  await row(page, "Budi").click();
  await bubble(page, "hello from Budi").waitFor();
  await page.mouse.move(1200, 400);
  await page.getByRole("button", { name: /^Resolve/ }).click();
  await bubble(page, "hello from Sari").waitFor();
  await eventually(async () => expect(await rowNames(page)).toEqual(["Sari", "Dewi"]));
  await page.getByText("Budi is resolved").waitFor();

  await page.getByRole("link", { name: "Resolved" }).click();
  await row(page, "Budi").click();
  await bubble(page, "hello from Budi").waitFor();
  await page.getByRole("button", { name: "More", exact: true }).last().click();
  await page.getByRole("menuitem", { name: "Ask for a rating" }).click();
  await page.getByText("The customer is asked for a rating").waitFor();
  await page.getByRole("button", { name: "Rating", exact: true }).click();
  await page.getByText("Asked, not answered yet.").waitFor();

  const address = await linkIn(async () =>
    JSON.stringify((await org.api(`/api/conversations/${budi.id}/messages`)).messages),
  );
  const survey = await openBeside(page, "/");
  await survey.goto(address);
  await survey.getByText("5 – Very satisfied").click();
  await survey.getByLabel(/Comment/).fill("Quick and kind");
  await survey.getByRole("button", { name: "Send" }).click();
  await survey.getByText("Thank you. Your answer has been recorded.").waitFor();

  await page.getByRole("complementary").getByText("5 of 5", { exact: true }).waitFor();
  await page.getByText("Quick and kind").waitFor();
});

/** The link that the customer got. */
async function linkIn(textOf: () => Promise<string>): Promise<string> {
  const { app } = inject("stage")!;
  let path: string | undefined;
  await eventually(async () => {
    path = /\/csat\/[\w.~-]+/.exec(await textOf())?.[0];
    expect(path).toBeDefined();
  });
  return `${app}${path}`;
}
