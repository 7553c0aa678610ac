import { expect } from "expect";
import {
  HOST_FRESH_MS,
  HOST_RETRY_MS,
  HOSTS_MAX,
  LOOKUP_TIMEOUT_MS,
} from "../../src/transport/host_addresses.ts";
import { FakeHosts } from "../support/fake_hosts.ts";

/** Reports whether a connection that needs these hosts has been made. */
function connect(hosts: FakeHosts, ...names: string[]): { isMade: boolean; giveUp(): void } {
  const connection = { isMade: false, giveUp() {} };
  connection.giveUp = hosts.addresses.whenKnown(names, () => {
    expect(connection.isMade).toBe(false);
    connection.isMade = true;
  });
  return connection;
}

Deno.test("HostAddresses.whenKnown() calls back without hosts, and when all are known", async () => {
  const hosts = new FakeHosts();
  expect(connect(hosts).isMade).toBe(true);
  const [first, second] = [connect(hosts, "a.example", "b.example"), connect(hosts, "a.example")];
  expect([first.isMade, second.isMade]).toEqual([false, false]);
  await hosts.answer("a.example", "192.0.2.1");
  expect([first.isMade, second.isMade]).toEqual([false, true]);
  await hosts.answer("b.example", "192.0.2.2");
  expect(first.isMade).toBe(true);
  expect(connect(hosts, "b.example", "a.example").isMade).toBe(true);
  expect({
    lookups: hosts.lookups,
    addresses: ["a.example", "b.example"].map((name) => hosts.addresses.addressOf(name)),
    timers: hosts.clock.timers,
    warnings: hosts.warnings,
  }).toEqual({
    lookups: ["a.example", "b.example"],
    addresses: ["192.0.2.1", "192.0.2.2"],
    timers: 0,
    warnings: [],
  });
});

Deno.test("HostAddresses.whenKnown() waits for a lookup no longer than the limit, in all calls together", async () => {
  const hosts = new FakeHosts();
  const first = connect(hosts, "a.example");
  hosts.clock.pass(LOOKUP_TIMEOUT_MS - 10);
  const second = connect(hosts, "a.example");
  hosts.clock.pass(9);
  expect([first.isMade, second.isMade, hosts.aborted]).toEqual([false, false, []]);
  hosts.clock.pass(1);
  expect([first.isMade, second.isMade, hosts.aborted]).toEqual([true, true, ["a.example"]]);
  expect(connect(hosts, "a.example").isMade).toBe(true);
  expect(hosts.lookups).toEqual(["a.example"]);
  await hosts.answer("a.example", "192.0.2.1");
  expect([hosts.addresses.addressOf("a.example"), hosts.clock.timers]).toEqual([undefined, 0]);
});

Deno.test("HostAddresses.whenKnown() does not wait twice for a silent name server", async () => {
  const hosts = new FakeHosts();
  const retry = () => {
    hosts.clock.pass(HOST_RETRY_MS);
    return connect(hosts, "a.example");
  };
  connect(hosts, "a.example");
  hosts.clock.pass(LOOKUP_TIMEOUT_MS);
  expect([retry().isMade, hosts.lookups.length]).toEqual([true, 2]);
  hosts.clock.pass(LOOKUP_TIMEOUT_MS);
  expect([retry().isMade, hosts.lookups.length]).toEqual([true, 3]);
  await hosts.answer("a.example", new Error("ENOTFOUND"));
  const last = retry();
  expect([last.isMade, hosts.lookups.length]).toEqual([false, 4]);
  await hosts.answer("a.example", "192.0.2.1");
  expect([last.isMade, hosts.addresses.addressOf("a.example")]).toEqual([true, "192.0.2.1"]);
});

Deno.test("HostAddresses.whenKnown() does not wait for a failed host, and looks it up again later", async () => {
  const hosts = new FakeHosts();
  const first = connect(hosts, "a.example");
  await hosts.answer("a.example", new Error("ENOTFOUND"));
  expect(first.isMade).toBe(true);
  hosts.clock.pass(HOST_RETRY_MS - 1);
  expect(connect(hosts, "a.example").isMade).toBe(true);
  expect(hosts.lookups.length).toBe(1);
  hosts.clock.pass(1);
  const second = connect(hosts, "a.example");
  expect([second.isMade, hosts.lookups.length]).toEqual([false, 2]);
  await hosts.answer("a.example", "192.0.2.1");
  expect(second.isMade).toBe(true);
});

Deno.test("HostAddresses uses an address that is no longer fresh while it is looked up again", async () => {
  const hosts = new FakeHosts();
  connect(hosts, "a.example");
  await hosts.answer("a.example", "192.0.2.1");
  hosts.clock.pass(HOST_FRESH_MS);
  expect(connect(hosts, "a.example").isMade).toBe(true);
  expect(hosts.lookups.length).toBe(2);
  await hosts.answer("a.example", new Error("EAI_AGAIN"));
  expect(hosts.addresses.addressOf("a.example")).toBe("192.0.2.1");
  hosts.clock.pass(HOST_RETRY_MS);
  connect(hosts, "a.example");
  await hosts.answer("a.example", "192.0.2.9");
  expect(hosts.addresses.addressOf("a.example")).toBe("192.0.2.9");
  expect(hosts.warnings).toEqual([]);
});

Deno.test("HostAddresses warns of a host once until it has an address", async () => {
  const hosts = new FakeHosts();
  connect(hosts, "a.example");
  connect(hosts, "a.example");
  hosts.clock.pass(LOOKUP_TIMEOUT_MS);
  await hosts.answer("a.example", new Error("EAI_AGAIN"));
  connect(hosts, "b.example");
  await hosts.answer("b.example", new Error("ENOTFOUND"));
  hosts.clock.pass(HOST_RETRY_MS);
  connect(hosts, "b.example");
  await hosts.answer("b.example", new Error("ENOTFOUND"));
  expect(hosts.warnings).toEqual([
    "Cannot resolve a.example: no reply within 1 s; connecting without this ICE server",
    "Cannot resolve b.example: ENOTFOUND; connecting without this ICE server",
  ]);
});

Deno.test("HostAddresses.whenKnown() does not act after it was cancelled", async () => {
  const hosts = new FakeHosts();
  const connection = connect(hosts, "a.example");
  connection.giveUp();
  await hosts.answer("a.example", "192.0.2.1");
  hosts.clock.pass(LOOKUP_TIMEOUT_MS);
  expect(connection.isMade).toBe(false);
});

Deno.test("HostAddresses evicts the oldest host above the limit", async () => {
  const hosts = new FakeHosts();
  const names = Array.from({ length: HOSTS_MAX + 1 }, (_, index) => `${index}.example`);
  for (const name of names) {
    connect(hosts, name);
    await hosts.answer(name, "192.0.2.1");
  }
  const known = names.filter((name) => hosts.addresses.addressOf(name) !== undefined);
  expect(known).toEqual(names.slice(1));
});
