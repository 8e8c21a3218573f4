/** A menu that a channel shows beside the text field. */

export type MenuItem =
  | { type: "postback"; title: string; payload: string }
  | { type: "web_url"; title: string; url: string; webview_height_ratio?: "compact" | "tall" | "full" | undefined };

/** The menu in one language. */
export interface MenuOfLocale {
  /** `default`, or a locale such as `id_ID`. */
  locale: string;
  /** True: people can only use the menu. */
  composer_input_disabled: boolean;
  call_to_actions: MenuItem[];
}

/** Every call throws ChannelError. */
export interface ChannelMenu {
  /** Empty if there is none. */
  get(): Promise<MenuOfLocale[]>;
  /** Replaces the menu. */
  set(menu: readonly MenuOfLocale[]): Promise<void>;
  /** Does nothing if there is none. */
  remove(): Promise<void>;
}
