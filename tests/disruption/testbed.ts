// The two tabs and their server are at three hosts in network namespaces, if this is root on Linux;
// otherwise all are on this machine.

import { type Browser, launch } from "puppeteer-core";
import { findBrowser } from "../../scripts/browsers.ts";
import { findProgram } from "../../scripts/programs.ts";
import { Network, networkMissing } from "../chaos/network.ts";
import { Process } from "../chaos/process.ts";
import { CHROMIUM_ARGS } from "../support/browsers.ts";
import { until } from "../support/until.ts";
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
  let url: string | undefined;
  const server = stack.use(
    new Process({
      name: "the server",
      script: new URL("server.ts", import.meta.url),
      args: [address],
      namespace,
      printed: (line) => url ??= line,
    }),
  );
  await until("the server listens", () => url !== undefined || server.fault !== undefined);
  if (url === undefined) throw new Error(server.fault);
  return url;
}

async function launchChromium(
  stack: AsyncDisposableStack,
  origin: string,
  namespace?: string,
): Promise<Browser> {
  const chromium = findBrowser("chromium") ?? "";
  const args = [
    ...CHROMIUM_ARGS,
    // Pages may compute hashes only over HTTPS, or from the same machine.
    `--unsafely-treat-insecure-origin-as-secure=${origin}`,
  ];
  const browser = await launch({
    executablePath: namespace === undefined ? chromium : findProgram(["ip"]) ?? "",
    args: namespace === undefined
      ? args
      : ["netns", "exec", namespace, chromium, ...args, "about:blank"],
    ignoreDefaultArgs: namespace !== undefined,
    pipe: true,
    timeout: LAUNCH_TIMEOUT_MS,
    // The driver closes it; by default, Puppeteer ends the driver at a signal.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  stack.defer(() => browser.close());
  return browser;
}

const LAUNCH_TIMEOUT_MS = 60_000;
