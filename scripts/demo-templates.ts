/** The templates that the demo account has at the simulator: one of each category, approved. */
import type { TemplateOptions } from "../simulators/graph/state.ts";

export const saleTemplate = "summer_sale";

export const demoTemplates: TemplateOptions[] = [
  {
    name: "order_shipped",
    language: "en_US",
    category: "UTILITY",
    components: [
      {
        type: "BODY",
        text: "Hello {{1}}, your order {{2}} is on its way.",
        example: { body_text: [["Siti", "A-17"]] },
      },
      { type: "FOOTER", text: "Toko Biru" },
    ],
  },
  {
    name: saleTemplate,
    language: "en_US",
    category: "MARKETING",
    components: [
      { type: "HEADER", format: "IMAGE", example: { header_handle: ["4::demo"] } },
      { type: "BODY", text: "Hi {{1}}! Our summer sale has begun.", example: { body_text: [["Siti"]] } },
      {
        type: "BUTTONS",
        buttons: [
          { type: "QUICK_REPLY", text: "No more offers" },
          { type: "URL", text: "Shop now", url: "https://example.com/sale" },
        ],
      },
    ],
  },
  {
    name: "login_code",
    language: "en_US",
    category: "AUTHENTICATION",
    components: [
      { type: "BODY", add_security_recommendation: true },
      { type: "FOOTER", code_expiration_minutes: 10 },
      { type: "BUTTONS", buttons: [{ type: "OTP", otp_type: "COPY_CODE", text: "Copy code" }] },
    ],
  },
];
