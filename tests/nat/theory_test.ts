import { expect } from "expect";
import { readConfiguration } from "./configuration.ts";
import { checkPaths } from "./checker.ts";
import { type NatKind, NATS } from "./kinds.ts";
import type { Report, Route } from "./report.ts";
import { bindingRequest, readBinding } from "./stun.ts";
import { rowOf, tableOf } from "./table.ts";
import { type Aid, expectedPath, isDirect, type PeerLocation } from "./theory.ts";

const KINDS = Object.keys(NATS) as NatKind[];

function location(kind: NatKind, number = 1): PeerLocation {
  return { name: `${kind}-${number}`, kind, network: `home-${kind}-${number}` };
}

/** RFC 5128 section 3.3, with the NAT kinds of RFC 4787. */
const DIRECT: Readonly<Record<NatKind, readonly NatKind[]>> = {
  none: ["none", "full", "restricted", "symmetric"],
  full: ["none", "full", "restricted", "symmetric"],
  restricted: ["none", "full", "restricted"],
  symmetric: ["none", "full"],
  blocked: [],
};

for (const one of KINDS) {
  Deno.test(`isDirect() is right for a peer behind ${one}`, () => {
    const reached = KINDS.filter((other) => isDirect(location(one, 1), location(other, 2)));
    expect(reached).toEqual(DIRECT[one]);
  });
}

Deno.test("isDirect() is true for two peers of one network, behind any NAT", () => {
  for (const kind of KINDS) expect(isDirect(location(kind), location(kind))).toBe(true);
});

Deno.test("expectedPath() uses an aid only where it is needed", () => {
  const ways = (one: NatKind, other: NatKind) =>
    (["member", "turn", "bot", "server"] as const).map((aid) =>
      expectedPath(location(one), location(other, 2), aid)
    );
  expect(ways("symmetric", "symmetric")).toEqual(["member", "turn", "bot", "member"]);
  expect(ways("full", "symmetric")).toEqual(["direct", "direct", "direct", "direct"]);
  expect(ways("blocked", "none")).toEqual(["member", "bot", "bot", "server"]);
});

const NAMES = ["bot", "none-1", "symmetric-1", "symmetric-2"];
const IDS = new Map(NAMES.map((name, index) => [name, index + 1]));
const LOCATIONS = [location("none"), location("symmetric", 1), location("symmetric", 2)];

function reportsOf(aid: Aid): Map<string, Report> {
  return new Map(NAMES.map((name) => {
    const routes = LOCATIONS.filter((other) => other.name !== name).map((other): Route => {
      const id = IDS.get(other.name)!;
      const self = LOCATIONS.find((location) => location.name === name);
      const path = self === undefined ? "direct" : expectedPath(self, other, aid);
      if (path === "direct" || path === "turn") {
        const localCandidateType = path === "turn" ? "relay" : "host";
        return {
          id,
          channel: "rtc",
          via: undefined,
          localCandidateType,
          remoteCandidateType: "prflx",
        };
      }
      const via = IDS.get(path === "bot" || path === "server" ? "bot" : "none-1");
      const types = { localCandidateType: undefined, remoteCandidateType: undefined };
      return { id, channel: "relay", via, ...types };
    });
    const id = IDS.get(name)!;
    const members = [...IDS.values()];
    const received = members.filter((other) => other !== id);
    return [name, { id, state: 1, members, received, routes, errors: [] }];
  }));
}

for (const aid of ["member", "turn", "bot", "server"] as const) {
  Deno.test(`checkPaths() accepts the expected paths, with ${aid}`, () => {
    const pairs = checkPaths(LOCATIONS, aid, "bot", reportsOf(aid));
    expect(pairs.flatMap(({ failures }) => failures)).toEqual([]);
    expect(pairs).toHaveLength(3);
  });
}

Deno.test("checkPaths() reports an unexpected path, on either side", () => {
  const reports = reportsOf("bot");
  for (const [name, report] of reportsOf("member")) {
    if (name === "symmetric-2") reports.set(name, report);
  }
  expect(checkPaths(LOCATIONS, "bot", "bot", reports).flatMap(({ failures }) => failures)).toEqual([
    "symmetric-1 and symmetric-2: bot expected, member (through none-1) found",
  ]);
});

Deno.test("checkPaths() reports a direct channel that is impossible, and one over TURN", () => {
  const ruledOut = checkPaths(LOCATIONS, "turn", "bot", reportsOf("member"));
  expect(ruledOut.flatMap(({ failures }) => failures)).toHaveLength(2);
  const full = [location("full", 1), location("symmetric", 1)];
  const reports = new Map([["full-1", reportsOf("turn").get("symmetric-2")!]]);
  expect(checkPaths(full, "turn", "bot", reports)[0]?.failures.length).toBeGreaterThan(0);
});

Deno.test("checkPaths() reports pairs without a path or without messages", () => {
  const reports = reportsOf("member");
  const one = reports.get("none-1")!;
  reports.set("none-1", { ...one, received: [], routes: [] });
  const pairs = checkPaths(LOCATIONS, "member", "bot", reports);
  const failures = pairs.flatMap(({ failures }) => failures);
  expect(failures).toEqual([
    "none-1 and symmetric-1: direct expected, no path found",
    "none-1 and symmetric-1: nothing of symmetric-1 has come to none-1",
    "none-1 and symmetric-2: direct expected, no path found",
    "none-1 and symmetric-2: nothing of symmetric-2 has come to none-1",
  ]);
});

Deno.test("tableOf() has a row for each pair of kinds, with all results", () => {
  const pairs = checkPaths(LOCATIONS, "member", "bot", reportsOf("member"));
  const table = tableOf([{ aid: "member", pairs }, { aid: "bot", pairs: [] }]);
  expect(table.slice(2)).toEqual([
    "| no NAT | symmetric | direct | – |",
    "| symmetric | symmetric | relayed by a member | – |",
  ]);
});

Deno.test("rowOf() is symmetric, and marks peers behind one NAT", () => {
  expect(rowOf(location("symmetric"), location("none"))).toBe(
    rowOf(location("none"), location("symmetric")),
  );
  expect(rowOf(location("full"), location("full"))).toBe("full cone | the same NAT");
});

/** RFC 5769 section 2.2, up to the address. */
const RESPONSE = "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220" +
  "002000080001a147e112a643";

Deno.test("readBinding() reads the sample of RFC 5769", () => {
  const bytes = Uint8Array.from(RESPONSE.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  expect(readBinding(bytes)).toEqual({ id: 0xfa87dfae, address: "192.0.2.1:32853" });
  expect(readBinding(bytes.subarray(0, bytes.length - 1))).toBeUndefined();
  expect(readBinding(bytes.subarray(0, 19))).toBeUndefined();
});

Deno.test("bindingRequest() requests a reply from another address (RFC 5780), and is not a reply itself", () => {
  const request = bindingRequest(7, "elsewhere");
  expect([...request.subarray(-8)]).toEqual([0, 3, 0, 4, 0, 0, 0, 6]);
  expect(readBinding(request)).toBeUndefined();
});

const VALUES = { address: "192.0.2.1", domain: "example.org", secret: "north", folder: "/certs" };

Deno.test("readConfiguration() has all values filled in, and the defenses of deploy/turnserver.conf", async () => {
  const lines = (await readConfiguration(VALUES)).split("\n");
  for (
    const line of [
      "listening-ip=192.0.2.1",
      "realm=example.org",
      "use-auth-secret",
      "static-auth-secret=north",
      "cert=/certs/fullchain.pem",
      "denied-peer-ip=10.0.0.0-10.255.255.255",
      "denied-peer-ip=127.0.0.0-127.255.255.255",
    ]
  ) expect(lines).toContain(line);
});
