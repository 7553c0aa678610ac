import { Bot } from "../../src/bot/bot.ts";
import type { BotOptions } from "../../src/bot/options.ts";
import type { GroupStreamEvent, MemberEvent } from "../../src/group/events.ts";
import type { WebGroupOptions } from "../../src/group/options.ts";
import { WebGroupState } from "../../src/group/state.ts";
import { WebGroup } from "../../src/group/web_group.ts";
import { Signaling, type SignalingKind } from "./signaling.ts";
import type { MachineOptions, SimMachine } from "../../src/testing/world.ts";
import { type TracedOptions, TracedWorld } from "./world.ts";

export type SeenEvent =
  | readonly ["myId" | "join" | "leave" | "state" | "signaling", number]
  | readonly ["message", number, string | Uint8Array]
  | readonly ["error", string, string];

export interface SimPeer {
  readonly name: string;
  readonly machine: SimMachine;
  readonly group: WebGroup;
  readonly seen: SeenEvent[];
}

export class SimNetwork {
  static readonly SIGNALING = "ws://signaling:8000";
  readonly world: TracedWorld;
  readonly peers: SimPeer[] = [];
  readonly signaling: Signaling;
  watch: (peer: SimPeer, seen: SeenEvent) => void = () => {};
  /** Called with each departure that a program sees. */
  departed: (peer: SimPeer, event: MemberEvent) => void = () => {};
  offered: (peer: SimPeer, event: GroupStreamEvent) => void = () => {};
  readonly #botMachines = new Map<Bot, SimMachine>();

  constructor(options: TracedOptions, signaling: SignalingKind = "one") {
    this.world = new TracedWorld(options);
    this.signaling = new Signaling(this.world, "signaling:8000", signaling);
  }

  add(name: string, options: WebGroupOptions & MachineOptions = {}): SimPeer {
    const { clockStepMs, rtc = true, isPage = false, ...groupOptions } = options;
    const machine = this.world.addMachine(name, { clockStepMs, rtc, isPage });
    const group = new WebGroup({ signalingServer: SimNetwork.SIGNALING, ...groupOptions }, machine);
    return this.#follow({ name, machine, group, seen: [] });
  }

  addMany(count: number, options: WebGroupOptions & MachineOptions = {}): SimPeer[] {
    return Array.from({ length: count }, (_, index) => this.add(`peer${index}`, options));
  }

  /** The groups of the bot become peers. */
  addBot(name: string, options: BotOptions & MachineOptions = {}): Bot {
    const { rtc = true, ...botOptions } = options;
    const machine = this.world.addMachine(name, { rtc });
    const url = `ws://${name}:9000/`;
    const bot = new Bot({ url, signalingServer: SimNetwork.SIGNALING, ...botOptions }, machine);
    bot.onWebGroup = (group) => this.#follow({ name, machine, group, seen: [] });
    this.#botMachines.set(bot, machine);
    this.world.serve(`${name}:9000`, machine, bot);
    return bot;
  }

  machineOf(bot: Bot): SimMachine {
    return this.#botMachines.get(bot)!;
  }

  /** The machine resets the WebSockets of the crashed process. */
  crashBot(bot: Bot): void {
    const machine = this.machineOf(bot);
    this.world.unserve(machine);
    machine.crash("reset");
  }

  /** The bot joins uninvited; its group becomes a peer. */
  joinAs(bot: Bot, key: string): SimPeer {
    bot.join(key);
    return this.peers.at(-1)!;
  }

  run(ms: number): void {
    this.world.run(ms);
    if (this.world.errors.length > 0) throw this.world.errors[0];
  }

  get joined(): SimPeer[] {
    return this.peers.filter(({ group }) => group.state === WebGroupState.JOINED);
  }

  /** An error of a listener fails the test, not only the run. */
  #guard(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.world.errors.push(error);
    }
  }

  #follow(peer: SimPeer): SimPeer {
    const { group, name, seen } = peer;
    const note = (event: SeenEvent) => {
      seen.push(event);
      this.world.note(name, inWords(event));
      this.watch(peer, event);
    };
    group.onMyId = (id) => note(["myId", id]);
    group.onMemberJoin = (id) => note(["join", id]);
    group.onMemberLeave = (id) => note(["leave", id]);
    group.onStateChange = (state) => note(["state", state]);
    group.onSignalingStateChange = (state) => note(["signaling", state]);
    group.onMessage = (id, data) => note(["message", id, data]);
    group.addEventListener("error", ({ error }) => {
      this.#guard(() => note(["error", error.code, error.message]));
    });
    group.addEventListener("memberleave", (event) => {
      this.#guard(() => this.departed(peer, event));
    });
    group.addEventListener("stream", (event) => this.#guard(() => this.offered(peer, event)));
    this.peers.push(peer);
    return peer;
  }
}

/** Shows long data by its length and beginning. */
function inWords([kind, id, data]: SeenEvent): string {
  if (kind !== "message") return `${kind} ${id}`;
  const head = typeof data === "string" ? data.slice(0, HEAD) : data.subarray(0, HEAD).join(" ");
  return `${kind} ${id} ${data.length} ${head}`;
}

const HEAD = 24;

/** In ascending order. */
export function membersOf({ group }: SimPeer): number[] {
  return [...group.members].sort((a, b) => a - b);
}

/** Sender and data, in order of arrival. */
export function messagesOf({ seen }: SimPeer): [number, string | Uint8Array][] {
  return seen.flatMap((event) =>
    event[0] === "message" ? [[event[1], event[2]] as [number, string | Uint8Array]] : []
  );
}

/** The numbers of one kind of event, in order. */
export function numbersOf(
  { seen }: SimPeer,
  kind: "state" | "signaling" | "join" | "leave",
): number[] {
  return seen.flatMap((event) => (event[0] === kind ? [event[1]] : []));
}
