import type { ChannelMenu, MenuItem, MenuOfLocale } from "../channel";
import { isRecord, textOf } from "../json";
import { type GraphEndpoint, graphCall } from "../meta/graph";
import type { MessengerConfig } from "./config";

/** Meta: Messenger Platform, "Persistent menu". The profile has one field for each part. */

/** The payload of the button with which people start, for a page that has none: the menu needs one. */
const GET_STARTED = { payload: "GET_STARTED" };

export function menuOf(endpoint: GraphEndpoint, { page_id, access_token }: MessengerConfig): ChannelMenu {
  const profile = `${page_id}/messenger_profile`;
  const fieldOf = async (field: string): Promise<unknown> => {
    const { data } = await graphCall(endpoint, access_token, "GET", `${profile}?fields=${field}`);
    return (Array.isArray(data) ? data.filter(isRecord) : []).map((each) => each[field]).find((each) => each);
  };
  const write = (body: Record<string, unknown>) =>
    graphCall(endpoint, access_token, "POST", profile, body, { idempotent: true });
  return {
    async get() {
      const menu = await fieldOf("persistent_menu");
      return (Array.isArray(menu) ? menu : []).flatMap(toMenu);
    },
    async set(menu) {
      if (!(await fieldOf("get_started"))) await write({ get_started: GET_STARTED });
      await write({ persistent_menu: menu });
    },
    async remove() {
      await graphCall(endpoint, access_token, "DELETE", profile, { fields: ["persistent_menu"] });
    },
  };
}

function toMenu(menu: unknown): MenuOfLocale[] {
  if (!isRecord(menu)) return [];
  return [
    {
      locale: textOf(menu.locale) ?? "default",
      composer_input_disabled: menu.composer_input_disabled === true,
      call_to_actions: (Array.isArray(menu.call_to_actions) ? menu.call_to_actions : []).flatMap(toItem),
    },
  ];
}

/** Items of other kinds, such as nested ones of older menus, are left out. */
function toItem(item: unknown): MenuItem[] {
  if (!isRecord(item)) return [];
  const [title, payload, url] = [textOf(item.title), textOf(item.payload), textOf(item.url)];
  if (title === undefined) return [];
  if (item.type === "postback" && payload !== undefined) return [{ type: "postback", title, payload }];
  if (item.type !== "web_url" || url === undefined) return [];
  const ratio = (["compact", "tall", "full"] as const).find((each) => each === item.webview_height_ratio);
  return [{ type: "web_url", title, url, ...(ratio && { webview_height_ratio: ratio }) }];
}
