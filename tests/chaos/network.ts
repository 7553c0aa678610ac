/**
 * A small network of its own, of Linux network namespaces: hosts at two switches, which meet in a
 * third, to which the signaling server is connected.
 *
 * ```text
 *   a ─┐                              ┌─ c
 *      ├─ left ──── middle ──── right ┤
 *   b ─┘              │               └─ d
 *                   sigver
 * ```
 *
 * The switches have a namespace of their own too: nothing is added to the machine's own network.
 *
 * @module
 */

/** Where a host is connected. */
export type Side = "left" | "middle" | "right";

/** A place for a program. */
export interface Host {
  readonly namespace: string;
  readonly address: string;
}

/** Addresses that nobody else sees, and nobody else's are seen. */
const SUBNET = "10.87.19";

/** The network, until it is disposed of. */
export class Network implements AsyncDisposable {
  readonly #prefix = `netflux-chaos-${Deno.pid}`;
  readonly #switches = `${this.#prefix}-switches`;
  readonly #hosts = new Map<string, Host>();

  private constructor() {}

  /** Makes the switches. */
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

  /** Connects a new host to a switch. */
  async connect(name: string, side: Side): Promise<Host> {
    const namespace = `${this.#prefix}-${name}`;
    const address = `${SUBNET}.${this.#hosts.size + 1}`;
    const host = { namespace, address };
    this.#hosts.set(name, host);
    await ip(`netns add ${namespace}`);
    await this.#inSwitches(`link add to-${name} type veth peer name eth0 netns ${namespace}`);
    // What there is to cut is IPv4.
    await ip(`-n ${namespace} link set eth0 addrgenmode none`);
    await ip(`-n ${namespace} addr add ${address}/24 dev eth0`);
    await ip(`-n ${namespace} link set lo up`);
    await ip(`-n ${namespace} link set eth0 up`);
    // Chromium gathers candidates of the way to the world only; there is none to be found.
    await ip(`-n ${namespace} route add default dev eth0`);
    await this.#inSwitches(`link set to-${name} master ${side} up`);
    return host;
  }

  /** Pulls the cable of a host. */
  async unplug(name: string): Promise<void> {
    await this.#inSwitches(`link set to-${name} down`);
  }

  /** Puts it back. */
  async plug(name: string): Promise<void> {
    await this.#inSwitches(`link set to-${name} up`);
  }

  /** Cuts the right switch off, from the left one and from the signaling server. */
  async cutRight(): Promise<void> {
    await this.#inSwitches("link set up-right down");
  }

  /** Puts it back. */
  async healRight(): Promise<void> {
    await this.#inSwitches("link set up-right up");
  }

  /** Cuts left and right off from each other; both keep the signaling server. */
  async part(): Promise<void> {
    await this.#isolate("on");
  }

  /** Puts them together again. */
  async unite(): Promise<void> {
    await this.#isolate("off");
  }

  /** Loses all that comes to a host from another one, and nothing the other way. */
  async deafen(name: string, to: string): Promise<void> {
    const { namespace } = this.#host(name);
    const { address } = this.#host(to);
    const nft = ["netns", "exec", namespace, "nft"];
    await run("ip", [...nft, "add table ip deaf"]);
    await run("ip", [...nft, "add chain ip deaf in { type filter hook input priority 0; }"]);
    await run("ip", [...nft, `add rule ip deaf in ip saddr ${address} drop`]);
  }

  /** Has the host hear all again. */
  async undeafen(name: string): Promise<void> {
    await run("ip", ["netns", "exec", this.#host(name).namespace, "nft", "delete table ip deaf"]);
  }

  /** Removes all of it. The programs at its hosts have to be ended first. */
  async [Symbol.asyncDispose](): Promise<void> {
    // By their names, and not by what was noted: what was made half is there too.
    const { stdout } = await output("ip", ["netns", "list"]);
    const names = stdout.split("\n").map((line) => line.split(" ")[0] ?? "");
    for (const name of names.filter((name) => name.startsWith(`${this.#prefix}-`))) {
      await ip(`netns delete ${name}`);
    }
  }

  async #build(): Promise<void> {
    await ip(`netns add ${this.#switches}`);
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
    await ip(`-n ${this.#switches} ${command}`);
  }

  #host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`Cannot find host ${name}: not connected`);
    return host;
  }
}

/** Why there can be no such network here; `undefined` when there can. */
export async function networkMissing(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "network namespaces are Linux's";
  if (Deno.uid() !== 0) return "only root may make network namespaces";
  return await failureOf(async () => {
    await using network = await Network.open();
    await network.connect("probe", "left");
    await network.part();
  });
}

/** Why nothing can be lost one way only; `undefined` when it can. */
export async function filterMissing(): Promise<string | undefined> {
  return await networkMissing() ?? await failureOf(async () => {
    await using network = await Network.open();
    await network.connect("one", "left");
    await network.connect("other", "left");
    await network.deafen("one", "other");
  });
}

async function failureOf(attempt: () => Promise<void>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Runs `ip`; no argument of ours has a blank in it. */
async function ip(command: string): Promise<void> {
  await run("ip", command.split(" "));
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await output(program, args);
  if (!success) throw new Error(`Cannot run ${[program, ...args].join(" ")}: ${stderr.trim()}`);
}

async function output(
  program: string,
  args: readonly string[],
): Promise<{ readonly success: boolean; readonly stdout: string; readonly stderr: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
