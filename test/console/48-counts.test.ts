import { expect } from "vitest";
import { flow, row } from "./stage";

flow("counts stand beside the views and follow what happens, without a further call", async (org) => {
  const budi = await org.customer("Budi", "one");
  await org.customer("Sari", "two");
  const asked: string[] = [];
  const page = await org.open(org.admin, "/", {
    prepare: async (opened) =>
      opened.on("request", (request) => {
        const { pathname } = new URL(request.url());
        if (pathname.startsWith("/api/")) asked.push(pathname);
      }),
  });
  await row(page, "Sari").waitFor();
  expect(asked.length).toBeLessThanOrEqual(10);
  const view = (name: string) => page.getByRole("link", { name, exact: true });
  await view("All open 2 conversations, 2 unread").waitFor();
  await view("Unassigned 2 conversations, 2 unread").waitFor();
  await view("Mine 0 conversations").waitFor();

  await org.api(`/api/conversations/${budi.id}/assign`, { method: "PATCH", body: { agent_id: org.admin.id } });
  await view("Mine 1 conversation, 1 unread").waitFor();
  await view("Unassigned 1 conversation, 1 unread").waitFor();
  await org.api(`/api/conversations/${budi.id}/read`, { method: "POST" });
  await view("Mine 1 conversation").waitFor();
  await org.customer("Dewi", "three");
  await view("All open 3 conversations, 2 unread").waitFor();
  await org.api(`/api/conversations/${budi.id}/status`, { method: "PATCH", body: { status: "resolved" } });
  await view("All open 2 conversations, 2 unread").waitFor();
  await org.customer("Budi", "again", budi.phone);
  await view("All open 3 conversations, 3 unread").waitFor();
  expect(asked.filter((path) => path === "/api/conversations/counts")).toHaveLength(1);
});
