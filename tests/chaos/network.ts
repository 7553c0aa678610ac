// A network of Linux network namespaces: hosts at two switches, which are connected by a third one.
// The switches have a separate namespace, so that the network of the machine does not change.
//
//   a ─┐                              ┌─ c
//      ├─ left ──── middle ──── right ┤
//   b ─┘              │               └─ d
//                   sigver

import { failureOf, Namespaces, namespacesMissing } from "../support/namespaces.ts";

export type Side = "left" | "middle" | "right";

export interface Host {
  readonly namespace: string;
  readonly address: string;
}

/** Not visible outside of the namespaces. */
const SUBNET = "10.87.19";

const SWITCHES = "switches";

export class Network implements AsyncDisposable {
  readonly #namespaces = new Namespaces("chaos");
  readonly #hosts = new Map<string, Host>();

  private constructor() {}

  static async open(): Promise<Network> {
    const network = new Network();
    try {
      await network.#build();
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  async connect(name: string, side: Side): Promise<Host> {
    const address = `${SUBNET}.${this.#hosts.size + 1}`;
    const host = { namespace: this.#namespaces.nameOf(name), address };
    this.#hosts.set(name, host);
    const namespace = await this.#namespaces.add(name);
    await this.#inSwitches(`link add to-${name} type veth peer name eth0 netns ${namespace}`);
    const ip = (command: string) => this.#namespaces.ip(name, command);
    // The faults cut IPv4 only.
    await ip("link set eth0 addrgenmode none");
    await ip(`addr add ${address}/24 dev eth0`);
    await ip("link set lo up");
    await ip("link set eth0 up");
    // Chromium gathers candidates for a default route only.
    await ip("route add default dev eth0");
    await this.#inSwitches(`link set to-${name} master ${side} up`);
    return host;
  }

  async unplug(name: string): Promise<void> {
    await this.#inSwitches(`link set to-${name} down`);
  }

  async plug(name: string): Promise<void> {
    await this.#inSwitches(`link set to-${name} up`);
  }

  /** Separates the right switch from the left one and from the signaling server. */
  async disconnectRight(): Promise<void> {
    await this.#inSwitches("link set up-right down");
  }

  async reconnectRight(): Promise<void> {
    await this.#inSwitches("link set up-right up");
  }

  /** Separates left and right; both keep the signaling server. */
  async partition(): Promise<void> {
    await this.#isolate("on");
  }

  async healPartition(): Promise<void> {
    await this.#isolate("off");
  }

  /** Drops all packets from one host to another, but not the other way. */
  async dropIncoming(name: string, to: string): Promise<void> {
    const { address } = this.#host(to);
    const nft = (command: string) => this.#namespaces.nft(name, command);
    await nft("add table ip deaf");
    await nft("add chain ip deaf in { type filter hook input priority 0; }");
    await nft(`add rule ip deaf in ip saddr ${address} drop`);
  }

  async restoreIncoming(name: string): Promise<void> {
    await this.#namespaces.nft(name, "delete table ip deaf");
  }

  /** Drops this many of a thousand UDP packets that come to a host. */
  async dropUdpAtRandom(name: string, perMille: number): Promise<void> {
    const rule = `add rule ip loss in meta l4proto udp numgen random mod 1000 < ${perMille} drop`;
    await this.#namespaces.nft(
      name,
      [
        "add table ip loss",
        "add chain ip loss in { type filter hook input priority 0; }",
        "flush chain ip loss in",
        ...perMille > 0 ? [rule] : [],
      ].join("; "),
    );
  }

  /** The programs at its hosts have to be ended first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#namespaces[Symbol.asyncDispose]();
  }

  async #build(): Promise<void> {
    await this.#namespaces.add(SWITCHES);
    for (const side of ["left", "middle", "right"]) {
      await this.#inSwitches(`link add ${side} type bridge`);
      await this.#inSwitches(`link set ${side} up`);
    }
    for (const side of ["left", "right"]) {
      await this.#inSwitches(`link add up-${side} type veth peer name down-${side}`);
      await this.#inSwitches(`link set up-${side} master ${side} up`);
      await this.#inSwitches(`link set down-${side} master middle up`);
    }
  }

  /** Isolated ports of a switch do not reach each other, only the others. */
  async #isolate(isolated: "on" | "off"): Promise<void> {
    for (const side of ["left", "right"]) {
      await this.#inSwitches(`link set down-${side} type bridge_slave isolated ${isolated}`);
    }
  }

  async #inSwitches(command: string): Promise<void> {
    await this.#namespaces.ip(SWITCHES, command);
  }

  #host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`Cannot find host ${name}: not connected`);
    return host;
  }
}

/** Returns why this network is not possible here, if so. */
export async function networkMissing(): Promise<string | undefined> {
  return namespacesMissing() ?? await failureOf(async () => {
    await using network = await Network.open();
    await network.connect("probe", "left");
    await network.partition();
  });
}

/** Returns why packets cannot be dropped in one direction only, if so. */
export async function filterMissing(): Promise<string | undefined> {
  return await networkMissing() ?? await failureOf(async () => {
    await using network = await Network.open();
    await network.connect("one", "left");
    await network.connect("other", "left");
    await network.dropIncoming("one", "other");
  });
}

/** Returns why packets cannot be lost at random, if so. */
export async function lossMissing(): Promise<string | undefined> {
  return await networkMissing() ?? await failureOf(async () => {
    await using network = await Network.open();
    await network.connect("one", "left");
    await network.dropUdpAtRandom("one", 1);
  });
}
