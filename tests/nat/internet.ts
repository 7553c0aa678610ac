// A small internet of Linux network namespaces (needs root and nftables): public hosts, and homes
// behind NATs. Public addresses are from the documentation block (RFC 5737), those of homes are
// private. So a TURN server that does not relay to private addresses works as in the real internet.
//
//   peer ─┐
//         ├─ router ─┐
//   peer ─┘          ├─ switch ─ public hosts: Sigver, coturn, a bot, peers
//   peer ─── router ─┘

import type { Host } from "../chaos/network.ts";
import { failureOf, Namespaces, namespacesMissing } from "../support/namespaces.ts";
import { type NatKind, OUTER, rulesOf } from "./kinds.ts";

const SWITCH = "switch";

/** The next hop to all other addresses. */
const REST = "203.0.113.254";

export class Internet implements AsyncDisposable {
  readonly #namespaces: Namespaces;
  /** The number of hosts by home. */
  readonly #homes = new Map<string, number>();
  #addresses = 0;

  private constructor(name: string) {
    this.#namespaces = new Namespaces(`nat-${name}`);
  }

  /** @param name Distinguishes it from others of this process. */
  static async open(name: string): Promise<Internet> {
    const internet = new Internet(name);
    try {
      await internet.#namespaces.add(SWITCH);
      await internet.#namespaces.ip(SWITCH, "link add middle type bridge");
      // This router drops packets to private addresses silently, as on the internet: an error would
      // make coturn end the allocation of the sender.
      await internet.#up(SWITCH, "middle", REST);
      return internet;
    } catch (error) {
      await internet[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** `other` is a second address of the host. */
  async connect(name: string): Promise<Host & { readonly other: string }> {
    const namespace = await this.#namespaces.add(name);
    const [address, other] = [this.#draw(), this.#draw()];
    await this.#plug(name, namespace, address);
    await this.#namespaces.ip(name, `addr add ${other}/24 dev ${OUTER}`);
    return { namespace, address, other };
  }

  /** The first host of a home also creates its NAT. */
  async connectHome(name: string, home: string, kind: NatKind): Promise<Host> {
    const namespace = await this.#namespaces.add(name);
    const hosts = this.#homes.get(home) ?? 0;
    const number = [...this.#homes.keys()].indexOf(home);
    const subnet = `10.${number < 0 ? this.#homes.size : number}.0`;
    const address = `${subnet}.${hosts + 2}`;
    this.#homes.set(home, hosts + 1);
    if (hosts === 0) await this.#build(home, kind, subnet, address);
    const router = this.#namespaces.nameOf(home);
    await this.#namespaces.ip(
      name,
      `link add eth0 type veth peer name to-${hosts} netns ${router}`,
    );
    await this.#namespaces.ip(home, `link set to-${hosts} master home up`);
    await this.#up(name, "eth0", address);
    await this.#namespaces.ip(name, `route add default via ${subnet}.1`);
    return { namespace, address };
  }

  /** The programs at its hosts have to be ended first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#namespaces[Symbol.asyncDispose]();
  }

  async #build(home: string, kind: NatKind, subnet: string, inner: string): Promise<void> {
    const namespace = await this.#namespaces.add(home);
    const outer = this.#draw();
    await this.#plug(home, namespace, outer);
    await this.#namespaces.ip(home, "link add home type bridge");
    await this.#up(home, "home", `${subnet}.1`);
    await this.#namespaces.set(home, "net/ipv4/ip_forward", 1);
    await this.#namespaces.nft(home, rulesOf(kind, outer, inner));
  }

  async #plug(name: string, namespace: string, address: string): Promise<void> {
    const port = `to-${address.split(".").at(-1)}`;
    const peer = `type veth peer name ${OUTER} netns ${namespace}`;
    await this.#namespaces.ip(SWITCH, `link add ${port} ${peer}`);
    await this.#namespaces.ip(SWITCH, `link set ${port} master middle up`);
    await this.#up(name, OUTER, address);
    await this.#namespaces.ip(name, `route add default via ${REST}`);
  }

  async #up(name: string, device: string, address: string): Promise<void> {
    // NATs apply to IPv4: over IPv6 all peers would reach each other.
    await this.#namespaces.ip(name, `link set ${device} addrgenmode none`);
    await this.#namespaces.ip(name, `addr add ${address}/24 dev ${device}`);
    await this.#namespaces.ip(name, "link set lo up");
    await this.#namespaces.ip(name, `link set ${device} up`);
  }

  #draw(): string {
    return `203.0.113.${++this.#addresses}`;
  }
}

/** Returns why this internet is not possible here, if so. */
export async function internetMissing(): Promise<string | undefined> {
  return namespacesMissing() ?? await failureOf(async () => {
    await using internet = await Internet.open("probe");
    await internet.connect("public");
    for (const kind of ["full", "symmetric"] as const) {
      await internet.connectHome(`${kind}-host`, kind, kind);
    }
  });
}
