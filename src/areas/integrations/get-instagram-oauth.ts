import { operation } from "../../domain/operation";
import { LoginConfig, loginConfigOf } from "./login-model";

export default operation({
  id: "getInstagramOAuthConfig",
  summary: "Get Instagram OAuth app config",
  description: "Open `authorize_url` in a window; it returns to `redirect_uri` with `code` and `state`.",
  response: LoginConfig,
  handle: async ({ ctx }) => loginConfigOf(ctx, "instagram"),
});
