import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import {
  addressPrefix,
  clientAddress,
  contains,
  formatAddress,
  parseAddress,
  parseNetwork,
} from "../../src/base/address.ts";

const ADDRESSES: readonly (readonly [text: string, prefix: string | undefined, as?: string])[] = [
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"],
  ["::FFFF:C000:0201", "192.0.2.1", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::/64"],
  ["2001:db8:0:0:1:2:3:4", "2001:db8::/64", "2001:db8::1:2:3:4"],
  ["fe80::1%eth0", "fe80::/64", "fe80::1"],
  ["::", "::/64"],
  ["::1", "::/64"],
  ["1::", "1::/64"],
  ["256.0.0.1", undefined],
  ["1.2.3", undefined],
  ["0x7f.1", undefined],
  ["1.2.3.4.5", undefined],
  ["", undefined],
  [":", undefined],
  ["1::2::3", undefined],
  ["1:2:3:4:5:6:7:8:9", undefined],
  ["host", undefined],
  ["fe80::1]/..", undefined],
  ["unknown", undefined],
];

for (const [text, prefix, as = text] of ADDRESSES) {
  Deno.test(`parseAddress(${JSON.stringify(text)}): ${prefix ?? "none"}`, () => {
    const address = parseAddress(text);
    expect(address && addressPrefix(address)).toBe(prefix);
    expect(address && formatAddress(address)).toBe(prefix && as);
  });
}

Deno.test("parseAddress() and formatAddress() are inverse for IPv4 and IPv6", () => {
  fc.assert(fc.property(fc.ipV4(), (text) => formatAddress(parseAddress(text)!) === text));
  fc.assert(fc.property(fc.ipV6(), (text) => {
    const address = parseAddress(text)!;
    expect(parseAddress(formatAddress(address))?.parts).toEqual(address.parts);
  }));
});

Deno.test("parseAddress() and parseNetwork() never throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.:a-f/%[\]]{0,40}$/)), (text) => {
      parseAddress(text);
      parseNetwork(text);
      clientAddress(text, text, []);
    }),
    { numRuns: 5_000 },
  );
});

const NETWORKS: readonly (readonly [network: string, inside: string[], outside: string[]])[] = [
  ["127.0.0.1", ["127.0.0.1", "::ffff:127.0.0.1"], ["127.0.0.2", "::1"]],
  ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["11.0.0.0", "9.255.255.255", "a00::"]],
  ["172.16.0.0/12", ["172.16.0.1", "172.31.255.255"], ["172.32.0.0", "172.15.0.0"]],
  ["0.0.0.0/0", ["1.2.3.4"], ["::1"]],
  ["::/0", ["::1", "1.2.3.4"], []],
  ["2001:db8::/33", ["2001:db8:7fff::"], ["2001:db8:8000::"]],
  ["::1", ["::1"], ["::2", "127.0.0.1"]],
];

for (const [text, inside, outside] of NETWORKS) {
  Deno.test(`contains() compares the prefix of ${text}`, () => {
    const network = parseNetwork(text)!;
    for (const one of inside) {
      expect([one, contains(network, parseAddress(one)!)]).toEqual([one, true]);
    }
    for (const one of outside) {
      expect([one, contains(network, parseAddress(one)!)]).toEqual([one, false]);
    }
  });
}

for (
  const text of ["10.0.0.0/33", "10.0.0.0/-1", "::/129", "10/8", "10.0.0.0/8/8", "/8", "x/8", ""]
) {
  Deno.test(`parseNetwork(${JSON.stringify(text)}) returns undefined`, () => {
    expect(parseNetwork(text)).toBe(undefined);
  });
}

const TRUSTED = ["127.0.0.1", "10.0.0.0/8", "::1"].map((text) => parseNetwork(text)!);

const ASKERS: readonly {
  readonly name: string;
  readonly remote: string;
  readonly forwardedFor?: string;
  readonly asker: string | undefined;
}[] = [
  { name: "no proxy", remote: "192.0.2.1", asker: "192.0.2.1" },
  {
    name: "a header of somebody who is no proxy",
    remote: "192.0.2.1",
    forwardedFor: "203.0.113.7",
    asker: "192.0.2.1",
  },
  {
    name: "one proxy",
    remote: "127.0.0.1",
    forwardedFor: "203.0.113.7",
    asker: "203.0.113.7",
  },
  {
    name: "two proxies, and what the client made up before them",
    remote: "::1",
    forwardedFor: "198.51.100.9, 127.0.0.1, 203.0.113.7, 10.1.2.3",
    asker: "203.0.113.7",
  },
  { name: "a proxy that says nothing", remote: "127.0.0.1", asker: "127.0.0.1" },
  {
    name: "a proxy that does not know",
    remote: "127.0.0.1",
    forwardedFor: "203.0.113.7, unknown, 10.0.0.9",
    asker: "10.0.0.9",
  },
  { name: "a port", remote: "10.0.0.1", forwardedFor: "203.0.113.7:4711", asker: "203.0.113.7" },
  {
    name: "IPv6 with a port",
    remote: "10.0.0.1",
    forwardedFor: "[2001:db8::7]:4711",
    asker: "2001:db8::7",
  },
  {
    name: "nothing but proxies",
    remote: "127.0.0.1",
    forwardedFor: "10.0.0.2, 10.0.0.1",
    asker: "10.0.0.2",
  },
  { name: "an empty header", remote: "127.0.0.1", forwardedFor: "", asker: "127.0.0.1" },
  { name: "no address at all", remote: "", forwardedFor: "203.0.113.7", asker: undefined },
];

for (const { name, remote, forwardedFor, asker } of ASKERS) {
  Deno.test(`clientAddress() of ${name}: ${asker}`, () => {
    const asked = clientAddress(remote, forwardedFor, TRUSTED).address;
    expect(asked && formatAddress(asked)).toBe(asker);
  });
}
