import { expect } from "expect";
import { localHost, networkHosts } from "../../demo/addresses.ts";

const INTERFACES = [
  { name: "lo", family: "IPv4", address: "127.0.0.1" },
  { name: "docker0", family: "IPv4", address: "172.17.0.1" },
  { name: "eth1", family: "IPv4", address: "169.254.3.4" },
  { name: "wlan0", family: "IPv6", address: "fe80::1" },
  { name: "wlan0", family: "IPv4", address: "192.168.1.5" },
] as const;

Deno.test("networkHosts() begins with the address of the network interface", () => {
  const expected = ["192.168.1.5", "169.254.3.4", "172.17.0.1"];
  expect(networkHosts("0.0.0.0", INTERFACES)).toEqual(expected);
  expect(networkHosts("::", INTERFACES)).toEqual(expected);
});

Deno.test("networkHosts() returns the only address that the server listens on", () => {
  expect(networkHosts("192.168.1.5", INTERFACES)).toEqual(["192.168.1.5"]);
  expect(networkHosts("fd00::5", INTERFACES)).toEqual(["[fd00::5]"]);
});

Deno.test("networkHosts() is empty for a server that listens on this machine only", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) {
    expect(networkHosts(host, INTERFACES)).toEqual([]);
  }
});

Deno.test("localHost() returns an address of this machine", () => {
  const hosts = ["0.0.0.0", "::", "::1", "127.0.0.1", "192.168.1.5"];
  expect(hosts.map(localHost)).toEqual([
    ...["127.0.0.1", "127.0.0.1"],
    ...["[::1]", "127.0.0.1", "192.168.1.5"],
  ]);
});
