/**
 * Tests of programs that use groups: a simulated network inside the test, with virtual time and
 * faults, without sockets and servers.
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
