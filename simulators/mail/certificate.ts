/**
 * Makes the certificates of the simulator's mail server: an authority of its own, and localhost's signed by it. workerd
 * verifies certificates and trusts, beside the public authorities, those in NODE_EXTRA_CA_CERTS, which Miniflare reads
 * when it is loaded. Keys are made on each machine, so none is in the repository.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "..", ".build", "mail-certificates");
const [caFile, certFile, keyFile] = ["ca.pem", "localhost.pem", "localhost.key"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const DAY_MS = 86_400_000;

/** The certificate and the key for `tls.createServer`. Also tells Miniflare, if it is loaded later, to trust it. */
export function localCertificate(): { cert: string; key: string } {
  if (!existsSync(certFile)) makeFiles();
  process.env.NODE_EXTRA_CA_CERTS = trusted(process.env.NODE_EXTRA_CA_CERTS);
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
}

/** A file with the machine's own further authorities and ours. */
function trusted(others: string | undefined): string {
  if (others === undefined || others === caFile || others === join(folder, "all.pem")) return others ?? caFile;
  const all = join(folder, "all.pem");
  writeFileSync(all, `${readFileSync(others, "utf8")}\n${readFileSync(caFile, "utf8")}`);
  return all;
}

function makeFiles(): void {
  mkdirSync(folder, { recursive: true });
  const ca = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = "OmniStream simulator";
  writeFileSync(
    caFile,
    certificate({ subject: issuer, key: ca.publicKey, issuer, by: ca.privateKey, isAuthority: true }),
  );
  writeFileSync(keyFile, own.privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  writeFileSync(
    certFile,
    certificate({ subject: "localhost", key: own.publicKey, issuer, by: ca.privateKey, isAuthority: false }),
  );
}

interface Wanted {
  subject: string;
  key: KeyObject;
  issuer: string;
  by: KeyObject;
  isAuthority: boolean;
}

/** X.509 version 3 in PEM (RFC 5280), signed with ECDSA and SHA-256. */
function certificate({ subject, key, issuer, by, isAuthority }: Wanted): string {
  const algorithm = sequence(oid("1.2.840.10045.4.3.2"));
  const critical = der(0x01, Buffer.from([0xff]));
  const extensions = isAuthority
    ? [sequence(oid("2.5.29.19"), critical, der(0x04, sequence(critical)))]
    : [
        // Names: localhost and 127.0.0.1.
        sequence(
          oid("2.5.29.17"),
          der(0x04, sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])))),
        ),
      ];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name(issuer),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + 3650 * DAY_MS)),
    name(subject),
    key.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", body, by)]));
  const base64 = sequence(body, algorithm, signature).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, "$&\n").trim()}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...content: Buffer[]): Buffer => der(0x30, ...content);
const name = (text: string): Buffer => sequence(der(0x31, sequence(oid("2.5.4.3"), der(0x0c, Buffer.from(text)))));
/** GeneralizedTime. */
const time = (at: number): Buffer => der(0x18, Buffer.from(new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, "")));

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 127];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}
