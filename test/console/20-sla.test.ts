import { expect } from "vitest";
import { eventually, flow, minute, replyField, row, rowNames } from "./stage";

flow("a service level warns, is breached and is met; list, filter and details agree", async (org) => {
  const { id: policy } = await org.api("/api/sla/policies", {
    body: { name: "Gold", first_response_time_secs: 300, resolution_time_secs: 7200, is_default: true },
  });
  const change = (body: object) => org.api(`/api/sla/policies/${policy}`, { method: "PATCH", body });
  const page = await org.open(org.admin, "/inbox/?status=open&status=pending");
  const budi = await org.customer("Budi", "Is anybody there?");
  await row(page, "Budi").click();
  const details = page.getByRole("complementary", { name: "Details" });
  await details.getByText("Gold").waitFor();
  await details.getByText("5 min left").waitFor();
  const until = (text: string) =>
    eventually(async () => {
      await minute();
      expect(await row(page, "Budi").getByText(text).count()).toBe(1);
    });
  // Three seconds after he wrote.
  await change({ warning_threshold_pct: 1 });
  await until("Due soon");
  await change({ first_response_time_secs: 1 });
  await until("SLA breached");
  await details.getByText("1 min late").waitFor();
  expect(await org.api(`/api/conversations/${budi.id}/sla`)).toMatchObject({ frt_status: "breached" });

  // The next customer is answered in time.
  await change({ first_response_time_secs: 600, warning_threshold_pct: 80 });
  await org.customer("Sari", "Where is my order?");
  // Rows do not move under the pointer.
  await page.mouse.move(1200, 400);
  await row(page, "Sari").click();
  await details.getByText("10 min left").waitFor();
  await replyField(page).fill("On its way.");
  await page.keyboard.press("Control+Enter");
  await details.getByText("1 min, in time").waitFor();
  expect(
    await row(page, "Sari")
      .getByText(/Due soon|SLA breached/)
      .count(),
  ).toBe(0);

  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByRole("dialog", { name: "Filters" }).getByText("SLA breached").click();
  await page.keyboard.press("Escape");
  await eventually(async () => expect(await rowNames(page)).toEqual(["Budi"]));
});
