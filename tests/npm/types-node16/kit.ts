import { WebGroup } from "netflux";
import { TestNetwork, type TestNetworkOptions } from "netflux/testing";

export const options: TestNetworkOptions = {
  latency: [10, 50],
  seed: undefined,
  advanceTimers: (ms) => ms,
};

export async function test(count: number): Promise<number> {
  const network = new TestNetwork(options);
  const [a, b] = await network.groups(2, "a key", { autoRejoin: false });
  const id: number = a.myId + b.myId;
  const some: WebGroup[] = await network.groups(count);
  // @ts-expect-error: there may be none
  some[0].send("hello");
  // @ts-expect-error: there are two
  const [, , third] = await network.groups(2);
  const lone: WebGroup = network.group({ graceTime: 20_000 });
  network.partition([a], [b, lone]);
  network.heal();
  network.slow(a, 100);
  network.crash(b);
  await network.settled();
  await network.advance(1_000);
  network.install();
  network.uninstall();
  network.close();
  // @ts-expect-error: no such option
  new TestNetwork({ lag: 1 });
  return id + (third === undefined ? 0 : 1);
}
