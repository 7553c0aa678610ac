import { expect } from "expect";
import { localHost, networkHosts } from "../../demo/addresses.ts";

const INTERFACES = [
  { name: "lo", family: "IPv4", address: "127.0.0.1" },
  { name: "docker0", family: "IPv4", address: "172.17.0.1" },
  { name: "eth1", family: "IPv4", address: "169.254.3.4" },
  { name: "wlan0", family: "IPv6", address: "fe80::1" },
  { name: "wlan0", family: "IPv4", address: "192.168.1.5" },
] as const;

Deno.test("networkHosts() has the address of the network card first", () => {
  const expected = ["192.168.1.5", "169.254.3.4", "172.17.0.1"];
  expect(networkHosts("0.0.0.0", INTERFACES)).toEqual(expected);
  expect(networkHosts("::", INTERFACES)).toEqual(expected);
});

Deno.test("networkHosts() is the address itself where the server has only one", () => {
  expect(networkHosts("192.168.1.5", INTERFACES)).toEqual(["192.168.1.5"]);
  expect(networkHosts("fd00::5", INTERFACES)).toEqual(["[fd00::5]"]);
});

Deno.test("networkHosts() is empty for a server of this machine only", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) {
    expect(networkHosts(host, INTERFACES)).toEqual([]);
  }
});

Deno.test("localHost() is an address of this machine", () => {
  const hosts = ["0.0.0.0", "::", "::1", "127.0.0.1", "192.168.1.5"];
  expect(hosts.map(localHost)).toEqual([
    ...["127.0.0.1", "127.0.0.1"],
    ...["[::1]", "127.0.0.1", "192.168.1.5"],
  ]);
});
