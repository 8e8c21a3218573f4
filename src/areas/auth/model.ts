import { z } from "@hono/zod-openapi";
import { AgentPublic, Email, Password } from "../agents/model";

export const OrganizationPublic = z
  .object({
    id: z.uuid(),
    name: z.string(),
    slug: z.string().openapi({ description: "Identifies the organization in public addresses" }),
    status: z.string(),
    country: z.string().nullable().openapi({ description: "ISO 3166-1 alpha-2 code; null if not given" }),
  })
  .openapi("OrganizationPublic");
export type OrganizationPublic = z.infer<typeof OrganizationPublic>;

export const SessionToken = z
  .object({
    token: z.string().openapi({ description: "Session token, sent as `Authorization: Bearer …`" }),
    expires_at: z.iso.datetime().openapi({ description: "Time at which the token expires" }),
    agent: AgentPublic,
    organization: OrganizationPublic,
  })
  .openapi("SessionToken");
export type SessionToken = z.infer<typeof SessionToken>;

export const LoginRequest = z
  .strictObject({ email: Email, password: z.string().min(1).max(256).openapi({ format: "password" }) })
  .openapi("LoginRequest");

export const RegisterRequest = z
  .strictObject({
    org_name: z.string().trim().min(1).max(200).openapi({ description: "Name of the new organization" }),
    admin_email: Email,
    admin_password: Password,
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, "must be a country code of two capital letters, such as ID")
      .optional()
      .openapi({
        description: "ISO 3166-1 alpha-2 country code; decides where the organization's data is stored",
        example: "ID",
      }),
  })
  .openapi("RegisterRequest");

export const Profile = AgentPublic.extend({
  permissions: z.array(z.string()).openapi({ description: "Codes of the caller's permissions" }),
  division_ids: z.array(z.string()).openapi({ description: "Divisions the caller is a member of" }),
  organization: OrganizationPublic,
}).openapi("Profile");
