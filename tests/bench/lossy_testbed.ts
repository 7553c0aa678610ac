// Two Chromiums, each in a network namespace of its own, between which UDP packets are lost at
// random. The site, in a third one, is reached over TCP, of which nothing is lost.
//
//   sender ── left ── middle ── right ── receiver
//                       │
//                      site

import type { Browser } from "puppeteer-core";
import { Network } from "../chaos/network.ts";
import { startServer } from "../chaos/process.ts";
import { launchAt } from "../support/namespace_chromium.ts";
import { openPagePlayer } from "./remote_player.ts";
import { pageUrlOf } from "./site.ts";
import type { SiteAddresses } from "./site_process.ts";
import { MemberGroup } from "./testbed.ts";

const MEMBERS = { sender: "left", receiver: "right" } as const;

export class LossyTestbed implements AsyncDisposable {
  readonly #network: Network;
  readonly #addresses: SiteAddresses;
  readonly #browsers: readonly Browser[];
  readonly #owned: AsyncDisposableStack;
  #groups = 0;

  private constructor(
    network: Network,
    addresses: SiteAddresses,
    browsers: readonly Browser[],
    owned: AsyncDisposableStack,
  ) {
    this.#network = network;
    this.#addresses = addresses;
    this.#browsers = browsers;
    this.#owned = owned;
  }

  /** @param earlier The folder of an earlier revision, if one is measured, too. */
  static async open(earlier?: URL): Promise<LossyTestbed> {
    await using stack = new AsyncDisposableStack();
    const network = stack.use(await Network.open());
    const { namespace, address } = await network.connect("site", "middle");
    const { process, line } = await startServer({
      name: "the site",
      script: new URL("site_process.ts", import.meta.url),
      args: [address, ...earlier === undefined ? [] : [earlier.href]],
      namespace,
    });
    stack.use(process);
    const addresses: SiteAddresses = JSON.parse(line);
    const browsers: Browser[] = [];
    for (const [name, side] of Object.entries(MEMBERS)) {
      const host = await network.connect(name, side);
      const browser = await launchAt(addresses.site, host.namespace);
      stack.defer(() => browser.close());
      browsers.push(browser);
    }
    return new LossyTestbed(network, addresses, browsers, stack.move());
  }

  /** The first member is the sender. */
  async gather(library: string): Promise<MemberGroup> {
    const url = pageUrlOf(this.#addresses.site, library);
    const players = await Promise.all(
      this.#browsers.map((browser) => openPagePlayer(browser, url)),
    );
    const key = `loss-${this.#groups++}`;
    // Pages do not listen.
    const meeting = { ...this.#addresses, servers: {}, port: 0, key };
    const group = new MemberGroup(
      players,
      (index) => ({ ...meeting, index }),
      () => Promise.resolve(0),
    );
    try {
      await group.gather();
    } catch (error) {
      await group[Symbol.asyncDispose]();
      throw error;
    }
    return group;
  }

  /** From now on, this share of all UDP packets is lost, in each direction. */
  async lose(percent: number): Promise<void> {
    for (const name of Object.keys(MEMBERS)) {
      await this.#network.dropUdpAtRandom(name, 10 * percent);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
