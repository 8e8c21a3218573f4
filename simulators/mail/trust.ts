/** Imported before Miniflare, which reads the file of further authorities when it is loaded. */
import { localCertificate } from "./certificate.ts";

export const certificate = localCertificate();
