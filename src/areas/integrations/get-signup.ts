import { operation } from "../../domain/operation";
import { LoginConfig, loginConfigOf } from "./login-model";

export default operation({
  id: "getEmbeddedSignupConfig",
  summary: "Get WhatsApp Embedded Signup config",
  description:
    'For `FB.login` of Meta\'s JavaScript SDK, with `config_id`, `response_type: "code"` and `override_default_response_type: true`; or `authorize_url` in a window of its own.',
  response: LoginConfig,
  handle: async ({ ctx }) => loginConfigOf(ctx, "whatsapp"),
});
