/**
 * Tests of programs that use groups: a network in the test itself, without sockets and servers,
 * with virtual time, and with faults.
 *
 * @example
 * ```ts
 * import { TestNetwork } from "@netflux/netflux/testing";
 *
 * const network = new TestNetwork();
 * const [ada, bob] = await network.groups(2);
 * ada.onMessage = (id, text) => console.log(id, text);
 * bob.send("hello");
 * await network.settled();
 * network.close();
 * ```
 *
 * @module
 */

export type { TestNetworkOptions } from "./options.ts";
export { type TestGroups, TestNetwork } from "./test_network.ts";
