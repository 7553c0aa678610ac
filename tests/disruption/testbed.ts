// The testbed: two tabs and their server. As root on Linux, they are at three hosts in network
// namespaces; otherwise all are on this machine.

import type { Browser } from "puppeteer-core";
import { Network, networkMissing } from "../chaos/network.ts";
import { startServer } from "../chaos/process.ts";
import { launchAt } from "../support/namespace_chromium.ts";
import { Tab } from "./tab.ts";

export interface Testbed extends AsyncDisposable {
  /** Describes the setup and the offline fault, for people. */
  readonly description: string;
  readonly left: Tab;
  readonly right: Tab;
  unplug(): Promise<void>;
  plug(): Promise<void>;
}

/** Uses namespaces if possible. Both tabs open a group of this key. */
export async function openTestbed(key: string): Promise<Testbed> {
  await using stack = new AsyncDisposableStack();
  const testbed = await networkMissing() === undefined
    ? await openNetwork(stack, key)
    : await openMachine(stack, key);
  const all = stack.move();
  return { ...testbed, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

type Opened = Omit<Testbed, typeof Symbol.asyncDispose>;

async function openNetwork(stack: AsyncDisposableStack, key: string): Promise<Opened> {
  const network = stack.use(await Network.open());
  const middle = await network.connect("server", "middle");
  const url = await serve(stack, middle.address, middle.namespace);
  const open = async (name: "left" | "right") => {
    const { namespace } = await network.connect(name, name);
    const browser = await launchChromium(stack, new URL(url).origin, namespace);
    return await Tab.open(name, await browser.newPage(), `${url}#${key}`, await browser.newPage());
  };
  return {
    description: "two Chromiums and the server, each at a host of its own in a network of Linux " +
      "namespaces; offline: the cable is pulled, and no packet passes",
    left: await open("left"),
    right: await open("right"),
    unplug: () => network.unplug("left"),
    plug: () => network.plug("left"),
  };
}

async function openMachine(stack: AsyncDisposableStack, key: string): Promise<Opened> {
  const url = await serve(stack, "127.0.0.1");
  const browser = await launchChromium(stack, new URL(url).origin);
  const open = async (name: string) =>
    await Tab.open(name, await browser.newPage(), `${url}#${key}`, await browser.newPage());
  const left = await open("left");
  return {
    description: "two tabs of one Chromium on this machine, without the right to make a network; " +
      "offline: the browser is told so, its connections are closed, and new ones come to nothing",
    left,
    right: await open("right"),
    unplug: () => left.cutOff(true),
    plug: () => left.cutOff(false),
  };
}

/** Returns the URL of the page. */
async function serve(
  stack: AsyncDisposableStack,
  address: string,
  namespace?: string,
): Promise<string> {
  const server = await startServer({
    name: "the server",
    script: new URL("server.ts", import.meta.url),
    args: [address],
    namespace,
  });
  stack.use(server.process);
  return server.line;
}

async function launchChromium(
  stack: AsyncDisposableStack,
  origin: string,
  namespace?: string,
): Promise<Browser> {
  const browser = await launchAt(origin, namespace);
  stack.defer(() => browser.close());
  return browser;
}
