import { type Fixture, ownOnly } from "./fixture";

export const chatExpiration: Fixture = {
  recipes: {
    listChatExpirationRules: { asks: () => [{}], stranger: ownOnly },
    setChatExpirationRule: {
      asks: () => [{ params: { channel: "whatsapp" }, body: { window_hours: 24 } }],
      stranger: ownOnly,
    },
  },
};
