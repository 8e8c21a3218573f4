import { expect, it } from "vitest";
import { isPublicAddress, publicUrlFault } from "../../src/kit/public-url";

it.each([
  "https://example.com/hook",
  "https://example.com:443/",
  "https://example.com:8443/",
  "https://sub.domain.example.co.id/a?b=c#d",
  "https://8.8.8.8/",
  "https://172.15.255.255/",
  "https://172.32.0.1/",
  "https://100.63.255.255/",
  "https://100.128.0.1/",
  "https://169.253.1.1/",
  "https://192.167.1.1/",
  "https://198.17.1.1/",
  "https://[2606:4700::1111]/",
  "https://[64:ff9b::8.8.8.8]/",
  // Names that only look like inner ones.
  "https://localhost.example.com/",
  "https://mylocal.com/",
  "https://internal.io/",
  "https://münchen.example/",
  "https://example.com./",
])("lets %s through", (url) => {
  expect(publicUrlFault(url)).toBeUndefined();
});

const LOOPBACK = [
  "127.0.0.1",
  "127.1",
  "127.255.255.254",
  "2130706433",
  "0x7f000001",
  "0x7f.0.0.1",
  "0177.0.0.1",
  "017700000001",
  "127.0.0.1.",
  "①②⑦.0.0.1",
];
const PRIVATE = [
  "0.0.0.0",
  "0",
  "10.0.0.1",
  "10.255.255.255",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.0.1",
  "192.168.1.1.",
  "0xc0a80001",
  "100.64.0.1",
  "100.127.255.255",
];
const LINK = ["169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.0.1"];
const OTHER = [
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "192.0.0.1",
  "192.0.2.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.1",
  "203.0.113.1",
  "192.88.99.1",
];
const SIX = [
  "[::]",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::ffff:8.8.8.8]",
  "[::127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b::a9fe:a9fe]",
  "[64:ff9b:1::1]",
  "[fd00::1]",
  "[fdff:ffff::1]",
  "[fc00::1]",
  "[fe80::1]",
  "[febf::1]",
  "[fec0::1]",
  "[ff02::1]",
  "[2001:db8::1]",
  "[2001::1]",
  "[2002:7f00:1::]",
  "[2002:808:808::]",
  "[100::1]",
  "[5f00::1]",
];
const NAMES = [
  "localhost",
  "LOCALHOST",
  "localhost.",
  "a.localhost",
  "intranet",
  "server",
  "db.local",
  "printer.lan",
  "metadata.google.internal",
  "metadata.google.internal.",
  "api.corp",
  "router.home",
  "nas.home.arpa",
  "x.onion",
  "host.docker.internal",
  "a.localdomain",
];

it.each([...LOOPBACK, ...PRIVATE, ...LINK, ...OTHER, ...SIX, ...NAMES])("does not let %s through", (host) => {
  for (const url of [`https://${host}/`, `https://${host}:8443/x?y`, `HTTPS://${host.toUpperCase()}`]) {
    expect(publicUrlFault(url), url).toMatch(/public internet|Has to be an address/);
  }
});

it.each([
  ["a user", "https://user@example.com/", /user/],
  ["a password", "https://:secret@example.com/", /user/],
  ["a user that looks like the host", "https://example.com@127.0.0.1/", /user/],
  ["port 22", "https://example.com:22/", /Port 22/],
  ["port 25", "https://example.com:25/", /Port 25/],
  ["port 6000", "https://example.com:6000/", /Port 6000/],
  ["http", "http://example.com/", /https:/],
  ["ftp", "ftp://example.com/", /https:/],
  ["file", "file:///etc/passwd", /https:/],
  ["gopher", "gopher://example.com/", /https:/],
  ["javascript", "javascript:alert(1)", /https:/],
  ["data", "data:text/plain,x", /https:/],
  ["no protocol", "//example.com/", /address/],
  ["a path", "/api/media/1", /address/],
  ["nothing", "", /address/],
  ["no text", 7, /address/],
  ["no host", "https://", /address/],
  ["too much", `https://example.com/${"a".repeat(2048)}`, /2048/],
])("refuses %s", (_, url, why) => {
  expect(publicUrlFault(url)).toMatch(why);
});

it("takes http where that is allowed, and says what is", () => {
  const both = ["http:", "https:"];
  expect(publicUrlFault("http://example.com/", both)).toBeUndefined();
  expect(publicUrlFault("http://127.0.0.1/", both)).toMatch(/public internet/);
  expect(publicUrlFault("ws://example.com/", both)).toBe("Has to begin with http:// or https://");
});

it("judges what a name resolves to", () => {
  for (const address of ["1.1.1.1", "2606:4700::1111", "[2606:4700::1111]"])
    expect([address, isPublicAddress(address)]).toEqual([address, true]);
  for (const address of [
    "127.0.0.1",
    "::1",
    "::ffff:10.0.0.1",
    "fd00::1",
    "",
    "a.b.c.d",
    "1.2.3",
    "256.1.1.1",
    "1::2::3",
    "1:2:3",
    "12345::",
    "::1.2.3.256",
  ]) {
    expect([address, isPublicAddress(address)]).toEqual([address, false]);
  }
});
