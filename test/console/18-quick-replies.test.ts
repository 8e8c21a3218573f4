import { expect } from "vitest";
import { bubble, eventually, flow, replyField } from "./stage";

flow(
  "quick replies go in at the caret, several times, with the customer's name; favourites first; uses count",
  async (org) => {
    const make = (title: string, shortcut: string, content: string) =>
      org.api("/api/quick-replies", { body: { title, shortcut, content } });
    await make("Opening hours", "hours", "We are open from 9 to 17.");
    const hello = await make("Greeting", "hello", "Hello {{contact.name}}, I am {{agent.name|one of us}}.");
    const bye = await make("Goodbye", "bye", "See you at {{org.name}}.");
    await org.api(`/api/quick-replies/${bye.id}/favorite`, { method: "POST" });
    const { id } = await org.customer("Budi", "Hi");
    const page = await org.open(org.admin, `/inbox/${id}`);
    await bubble(page, "Hi").waitFor();
    const field = replyField(page);
    const { full_name: me, organization } = await org.api("/api/auth/me");

    await field.pressSequentially("/");
    const options = page.getByRole("listbox", { name: "Quick replies" }).getByRole("option");
    await eventually(async () => expect(await options.count()).toBe(3));
    expect(await options.first().innerText()).toContain("Goodbye");
    await options.first().getByRole("img", { name: "Favourite" }).waitFor();
    await page.keyboard.type("hel");
    await eventually(async () => expect(await options.count()).toBe(1));
    expect(await options.first().innerText()).toContain("Hello Budi");
    await page.keyboard.press("Enter");
    const greeting = `Hello Budi, I am ${me}.`;
    const combobox = page.getByRole("combobox");
    await eventually(async () => expect(await combobox.count()).toBe(0));
    expect(await field.inputValue()).toBe(greeting);

    // A second one behind the first, and a third between them.
    await page.keyboard.type(" /bye");
    await page.keyboard.press("Tab");
    const goodbye = `See you at ${organization.name}.`;
    await eventually(async () => expect(await field.inputValue()).toBe(`${greeting} ${goodbye}`));
    await field.evaluate((one: any, at) => one.setSelectionRange(at, at), greeting.length);
    await page.keyboard.type(" /hours");
    await page.keyboard.press("Enter");
    const whole = `${greeting} We are open from 9 to 17. ${goodbye}`;
    await eventually(async () => expect(await field.inputValue()).toBe(whole));

    // Nothing that fits is said, and a slash within a word asks for nothing.
    await page.keyboard.press("End");
    await page.keyboard.type(" /zzz");
    await page.getByText("No quick reply fits.").waitFor();
    await field.fill("and/or");
    expect(await page.getByText("No quick reply fits.").count()).toBe(0);
    await field.fill(whole);
    await page.keyboard.press("Control+Enter");
    await bubble(page, whole).waitFor();

    await eventually(async () => {
      const { data } = await org.api("/api/quick-replies");
      expect(data.find((one: any) => one.id === hello.id).own_usage_count).toBe(1);
    });
  },
);
