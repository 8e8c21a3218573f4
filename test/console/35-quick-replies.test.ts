import { buffer } from "node:stream/consumers";
import { expect } from "vitest";
import { eventually, flow } from "./stage";

flow("a quick reply is written with its preview, found, changed and deleted", async (org) => {
  const page = await org.open(org.admin, "/quick-replies", { expects: /409/ });
  await page.getByText("No quick replies yet").waitFor();
  await page.getByRole("button", { name: "New quick reply" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Greeting");
  await page.getByRole("textbox", { name: "Text" }).fill("Hello ");
  await page.getByRole("button", { name: "the customer’s name" }).click();
  expect(await page.getByRole("textbox", { name: "Text" }).inputValue()).toBe("Hello {{contact.name}}");
  await page.getByText("Hello Ayu Pratiwi").waitFor();
  await page.getByRole("textbox", { name: "Shortcut" }).fill("/hi");
  await page.getByRole("textbox", { name: "Category" }).fill("Greetings");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("/hi", { exact: true }).waitFor();
  await org.api("/api/quick-replies", { body: { title: "Bye", content: "See you", shortcut: "bye" } });

  await page.keyboard.press("/");
  await page.keyboard.type("see");
  await page.getByRole("button", { name: /Bye/ }).first().click();
  await page.getByRole("textbox", { name: "Shortcut" }).fill("hi");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Another quick reply has this shortcut.").waitFor();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("Nothing like that").waitFor();
  expect((await org.api("/api/quick-replies")).data.map(({ title }: { title: string }) => title)).toEqual(["Greeting"]);
});

flow("a file comes in with its errors by line, and goes out again", async (org) => {
  const page = await org.open(org.admin, "/quick-replies");
  await page.getByRole("button", { name: "Import CSV" }).click();
  const csv = "title,content,shortcut\nHello,Hello there,hi\n,no title,x\nBye,See you,bye\n";
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "replies.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await page.getByText(/replies\.csv, /).waitFor();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText("2 created, 0 changed, 0 as before.").waitFor();
  await page.getByText("1 record was refused:").waitFor();
  const line = page.getByRole("dialog").getByRole("row").nth(1);
  expect(await line.textContent()).toMatch(/^3\s*title/);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByText("/bye", { exact: true }).waitFor();

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  const bytes = await buffer(await download.createReadStream());
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(bytes.toString()).toContain("Hello,Hello there,hi");
});

flow("a favourite is the agent's own", async (org) => {
  await org.api("/api/quick-replies", { body: { title: "Greeting", content: "Hello" } });
  await org.api("/api/quick-replies", { body: { title: "Bye", content: "See you" } });
  const sari = await org.agent("Sari");
  const page = await org.open(sari, "/quick-replies");
  await page.getByRole("button", { name: "Make Bye a favourite" }).click();
  await page.getByRole("button", { name: "Bye is no favourite any more" }).waitFor();
  await page.getByText("My favourites").click();
  await eventually(async () => expect(await page.locator("tbody tr").count()).toBe(1));
  expect((await org.api("/api/quick-replies?favorite=true")).data).toEqual([]);
  // An agent uses them only.
  expect(await page.getByRole("button", { name: "New quick reply" }).count()).toBe(0);
});
