import type { Page } from "playwright-core";
import { expect, inject } from "vitest";
import { bubble, eventually, flow, replyField } from "./stage";

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** As a browser gives what is pasted or dropped. `bytes` are filled with zeros where there is no content. */
const give = (
  page: Page,
  how: "paste" | "drop",
  file: { name: string; type: string; base64?: string; bytes?: number },
) =>
  replyField(page).evaluate(
    (field, { how: way, name, type, base64, bytes = 0 }) => {
      const content =
        base64 === undefined ? new Uint8Array(bytes) : Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const dom = globalThis as any;
      const files = new dom.DataTransfer();
      files.items.add(new dom.File([content], name, { type }));
      const more = { bubbles: true, cancelable: true };
      field.dispatchEvent(
        way === "paste"
          ? new dom.ClipboardEvent("paste", { clipboardData: files, ...more })
          : new dom.DragEvent("drop", { dataTransfer: files, ...more }),
      );
    },
    { how, ...file },
  );

flow(
  "a pasted image and a dropped PDF are sent once they are uploaded; what is too large says its limit",
  async (org) => {
    const { id, phone } = await org.customer("Budi", "Show me");
    const page = await org.open(org.admin, `/inbox/${id}`);
    await bubble(page, "Show me").waitFor();
    const files = page.getByRole("list", { name: "Attached files" });
    const item = (name: string) => files.getByRole("listitem").filter({ hasText: name });

    // The upload waits, so that it can be seen.
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    await page.route("**/api/media", async (route) => {
      await held;
      await route.continue();
    });
    await give(page, "paste", { name: "blue.png", type: "image/png", base64: PIXEL });
    await item("blue.png").getByRole("progressbar").waitFor();
    await replyField(page).fill("Here it is");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Waits for the files").waitFor();
    expect(await replyField(page).inputValue()).toBe("Here it is");
    expect(await page.getByRole("button", { name: "Send Ctrl ↵" }).isDisabled()).toBe(true);

    // Cancelled in mid-upload.
    await give(page, "drop", { name: "wrong.png", type: "image/png", base64: PIXEL });
    await item("wrong.png").getByRole("button", { name: "Remove wrong.png" }).click();
    expect(await item("wrong.png").count()).toBe(0);

    await give(page, "drop", { name: "film.mp4", type: "video/mp4", bytes: 17 * 1024 * 1024 });
    await item("film.mp4").getByText("Too large: at most 16 MB").waitFor();
    await item("film.mp4").getByRole("button", { name: "Remove film.mp4" }).click();

    await give(page, "drop", { name: "price list.pdf", type: "application/pdf", base64: btoa("%PDF-1.4\n%%EOF\n") });
    go();
    await eventually(async () => expect(await files.getByRole("progressbar").count()).toBe(0));
    await replyField(page).press("Control+Enter");
    await page.getByRole("button", { name: "Open Image" }).waitFor();
    await page.getByRole("link", { name: "Download price list.pdf" }).waitFor();
    expect(await files.count()).toBe(0);

    await eventually(async () => {
      const state = (await (await fetch(`${inject("stage")!.graph}/_sim/state`)).json()) as any;
      const bodies = state.messages.filter(({ to }: any) => to === phone).map(({ body }: any) => body);
      expect(bodies.map(({ type }: any) => type)).toEqual(["image", "document"]);
      expect(bodies[0].image.caption).toBe("Here it is");
      expect(bodies[1].document.filename).toBe("price list.pdf");
    });
  },
);
