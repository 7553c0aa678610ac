import { ProtocolError } from "../../src/base/errors.ts";
import { asMemberId, type Random } from "../../src/base/ids.ts";
import { DEAD_AFTER_MS, GRACE_MS } from "../../src/base/limits.ts";
import type { Bot } from "../../src/bot/bot.ts";
import { WebGroupState } from "../../src/group/state.ts";
import { peerOf } from "../../src/group/web_group.ts";
import { SigverClose } from "../../src/wire/close_codes.ts";
import { decodeJoinHandshake } from "../../src/wire/join_handshake.ts";
import { seededRandom } from "../../src/testing/random.ts";
import type { SimChannel } from "../../src/testing/channel.ts";
import { Deliveries } from "./deliveries.ts";
import { dataOf, nextHuge, nextLong, numberOf } from "./messages.ts";
import { Calls, Relays, Safety } from "./oracles.ts";
import { Promises } from "./promises.ts";
import type { SignalingKind } from "./signaling.ts";
import { SimStreams } from "./streams.ts";
import { Fairness } from "./fairness.ts";
import { type SeenEvent, SimNetwork, type SimPeer } from "./sim_network.ts";
import { pairOf } from "../../src/testing/world.ts";

/** The maximum share of pairs that can never connect by WebRTC. */
const BLOCKED_PERCENT_MAX = 30;
const TALK_PAUSE_MS = 600;
const STREAM_PAUSE_MS = 16_000;
const START_MS = 2_000;
/** The step of the clock of a page that resists fingerprinting. */
const COARSE_CLOCK_MS = 100;
const GREETING_WORDS = 4;
/** The number of random draws up to and including the first id. */
const DRAWS = 3;
const GREETING_PAUSE_MS = 20;
/** A page that crashed breaks its data channels up to this much later, as ICE notices it. */
const LATE_BREAK_MS_MAX = 30_000;

export class Population {
  readonly network: SimNetwork;
  readonly safety = new Safety();
  readonly relays = new Relays((id) => this.safety.isExcusedId(id));
  readonly canConnect: (a: string, b: string) => boolean;
  /** Machines that cannot connect by WebRTC for now. */
  readonly blocked = new Set<string>();
  /** In the order of joining. */
  readonly peers: SimPeer[] = [];
  bot!: Bot;
  /** The promise of the latest message. */
  latestPromise: Promise<void> = Promise.resolve();
  /** Member time in which no member could be declared dead. */
  mildMemberMs = 0;
  readonly promises = new Promises((id) => this.safety.isExcusedId(id));
  readonly #deliveries = new Deliveries();
  readonly #streams: SimStreams;
  readonly #fairness: Fairness;
  readonly #calls = new Calls();
  /** How long members list a silent one. */
  readonly graceTime: number;
  readonly #peersMax: number;
  readonly #chance: Random;
  /** For the contents and behavior of streams. */
  readonly #streamChance: Random;
  readonly #gone = new Set<SimPeer>();
  readonly #outsiders = new Set<SimPeer>();
  readonly #leaving = new Set<SimPeer>();
  #mild: boolean;
  #talking = true;
  #sent = 0;

  constructor(seed: number, peersMax: number, mild: boolean, trace?: (line: string) => void) {
    this.graceTime = seed % 2 === 0 ? GRACE_MS : DEAD_AFTER_MS;
    this.#peersMax = peersMax;
    this.#mild = mild;
    this.#chance = seededRandom(seed ^ 0x7a1c);
    this.#streamChance = seededRandom(seed ^ 0x57ea);
    this.canConnect = blocker(seed);
    const canCall = (from: string, host: string) => !isIsolated(from) || host === SIGNALING_HOST;
    const canConnect = (a: string, b: string) =>
      !this.blocked.has(a) && !this.blocked.has(b) && this.canConnect(a, b);
    this.network = new SimNetwork({ seed, canConnect, canCall }, signalingOf(seed));
    if (trace !== undefined) Object.assign(this.network.world, { keepTrace: true, traceTo: trace });
    this.network.watch = (peer, seen) => this.#watch(peer, seen);
    this.network.offered = (peer, event) => this.#streams.offered(peer, event);
    this.network.departed = (peer, event) => {
      if (!this.isHere(peer)) return;
      this.promises.left(peer, event.member);
      if (!this.safety.isExcused(peer, event.member)) {
        this.#deliveries.departed(peer, event);
      }
    };
    const isExcused = (one: SimPeer, id: number) =>
      this.safety.isExcused(one, id) || this.#deliveries.isShared(id) ||
      this.#deliveries.isShared(one.group.myId);
    this.#streams = new SimStreams({
      world: this.network.world,
      random: this.#streamChance,
      isHere: (one) => this.isHere(one),
      isExcused,
    });
    this.#fairness = new Fairness(isExcused);
    this.network.world.sends = (from, frame, to) => {
      const writer = this.#streams.writerAt(from);
      if (writer !== undefined) this.#fairness.look(writer, frame);
      if (isPong(frame)) this.#entering(from, to);
    };
    const { clock } = this.network.world;
    this.network.world.watch = (from, frame) => this.relays.watch(from, frame, clock.now());
    this.network.world.dialed = (from, host) => {
      if (!this.#sharesId(from)) this.#calls.dialed(from, host, clock.now());
    };
    this.startBot();
    this.pass(START_MS);
    this.#scheduleMessage();
    this.#scheduleStream();
  }

  get streamed(): number {
    return this.#streams.ended;
  }

  pass(ms: number): void {
    this.network.run(ms);
    if (this.#mild) this.mildMemberMs += ms * this.everyone.length;
  }

  /** All peers reach the bot, which joins uninvited, so that none is isolated. */
  startBot(): void {
    const { graceTime } = this;
    this.bot = this.network.addBot("bot", {
      leaveOnceAlone: false,
      webGroupOptions: { graceTime },
    });
    this.network.joinAs(this.bot, "key");
  }

  crashBot(): void {
    const machine = this.network.machineOf(this.bot);
    this.network.crashBot(this.bot);
    for (const one of this.network.peers) if (one.machine === machine) this.#gone.add(one);
  }

  /** A peer joins, if there is room, with a given id or a random one. */
  tryAdd(rtc: boolean, id?: number): SimPeer | undefined {
    if (this.peers.filter((one) => this.isHere(one)).length >= this.#peersMax) return undefined;
    return this.add(rtc, id);
  }

  add(rtc: boolean, id?: number): SimPeer {
    const { graceTime } = this;
    const { length } = this.peers;
    const clockStepMs = length % 3 === 2 ? COARSE_CLOCK_MS : undefined;
    const one = this.network.add(`peer${length}`, { clockStepMs, rtc, graceTime });
    // Draws before the id determine delays.
    if (id !== undefined) one.machine.draws.push(...Array.from({ length: DRAWS }, () => id));
    this.peers.push(one);
    this.join(one);
    one.machine.draws.length = 0;
    return one;
  }

  /** The peer is unreachable or joins another group; `everyone` does not include it. */
  addOutsider(name: string, key: string, rtc = true): SimPeer {
    const { graceTime } = this;
    const one = this.network.add(`${name}${this.#outsiders.size}`, { rtc, graceTime });
    this.#outsiders.add(one);
    this.join(one, key);
    return one;
  }

  /** Peers outside the group that are still running. */
  get outsiders(): readonly SimPeer[] {
    return [...this.#outsiders].filter((one) => this.isHere(one));
  }

  crash(one: SimPeer, how: "silently" | "reset" = "silently"): void {
    one.machine.crash(how);
    this.#gone.add(one);
    const { clock } = this.network.world;
    // ICE notices every other silent crash late; no draw, so that each seed keeps its faults.
    const now = Math.floor(clock.now());
    if (how === "silently" && now % 2 === 0) {
      clock.after(LATE_BREAK_MS_MAX * ((now % 97) / 97), () => this.#breakChannelsTo(one));
    }
  }

  #breakChannelsTo({ name }: SimPeer): void {
    for (const { machine } of this.network.peers) {
      for (const channel of machine.open) if (channel.peer === name) channel.cut();
    }
  }

  join(one: SimPeer, key = "key"): void {
    this.safety.called(one, "join");
    this.promises.called(one, "join()", one.group.join(key));
  }

  leave(one: SimPeer): void {
    this.safety.called(one, "leave");
    this.#leaving.add(one);
    this.promises.called(one, "leave()", one.group.leave());
  }

  /** The code of the page does not run after this turn. */
  closePage(one: SimPeer): void {
    this.#leaving.add(one);
    one.machine.closePage();
    this.#gone.add(one);
  }

  /** The page enters the back/forward cache, and is shown again later. */
  cachePage(one: SimPeer, ms: number): void {
    const { clock, netem } = this.network.world;
    this.#leaving.add(one);
    one.machine.cachePage();
    netem.sleep(one.name, ms);
    netem.hold(clock.now() + ms, () => {
      if (this.isHere(one)) one.machine.showPage();
    });
  }

  /** Opens another data channel between two members; returns the end of the first of them. */
  connect(a: SimPeer, b: SimPeer): SimChannel {
    const [near, far] = this.network.world.connect(a.machine, b.machine);
    for (const [one, other, channel] of [[a, b, near], [b, a, far]] as const) {
      const peer = peerOf(one.group);
      const call = {
        type: "internal",
        sender: asMemberId(other.group.myId),
        group: peer.groupId,
        proof: undefined,
      } as const;
      peer.acceptDial(call, channel);
    }
    return near;
  }

  isHere(one: SimPeer): boolean {
    return !this.#gone.has(one);
  }

  isAwake(one: SimPeer): boolean {
    const { netem, clock } = this.network.world;
    return this.isHere(one) && netem.asleepUntil(one.name) <= clock.now();
  }

  /** The bot, and all peers that have neither left nor died. */
  get everyone(): readonly SimPeer[] {
    return this.network.peers.filter((one) =>
      this.isHere(one) && one.group.state !== WebGroupState.LEFT && !this.#outsiders.has(one)
    );
  }

  /** Whether two peers can have a channel; all can have one to the bot. */
  canLink(a: SimPeer, b: SimPeer): boolean {
    if (a.name === "bot" || b.name === "bot") return true;
    const rtc = a.machine.transport.capabilities.rtc && b.machine.transport.capabilities.rtc;
    return rtc && this.canConnect(a.name, b.name);
  }

  /** Returns the number of the message. */
  broadcast(one: SimPeer): number {
    const label = this.#next(one);
    const { members } = one.group;
    this.#sending(one, members, label.number);
    this.#promised(one, `send() ${label.number}`, members, one.group.send(dataOf(label)));
    return label.number;
  }

  /** Returns the number of the message. */
  sendTo(one: SimPeer, other: SimPeer): number {
    const label = this.#next(one);
    const { members } = one.group;
    const to = other.group.myId;
    const isMember = members.includes(to);
    this.#sending(one, isMember ? [to] : [], label.number);
    const promise = one.group.sendTo(to, dataOf(label));
    if (isMember) this.#promised(one, `sendTo() ${label.number}`, [to], promise);
    return label.number;
  }

  /** The next message exceeds a frame, or the window of a session. */
  sendLong(size: "long" | "huge" = "long"): void {
    const next = size === "long" ? nextLong : nextHuge;
    this.#sent = next(this.#sent + 1) - 1;
  }

  receivedBy({ seen }: SimPeer): ReadonlySet<number> {
    return new Set(
      seen.flatMap(([kind, , data]) => kind === "message" ? numberOf(data) : []),
    );
  }

  /** Stops the scheduled messages. */
  stopTalking(): void {
    this.#talking = false;
    this.#streams.hurry();
  }

  /** Whether two peers ever had this id. */
  isShared(id: number): boolean {
    return this.#deliveries.isShared(id);
  }

  /** From now on members are declared dead: earlier messages have arrived. */
  endMild(): void {
    this.#mild = false;
    const missing = this.#deliveries.missing(this.everyone, this.safety.excused);
    if (missing !== undefined) throw new Error(missing);
    this.#streams.finish();
  }

  #promised(one: SimPeer, what: string, toIds: readonly number[], promise: Promise<void>): void {
    this.latestPromise = promise;
    this.promises.sent(one, what, toIds, promise);
  }

  #sending(one: SimPeer, toIds: readonly number[], number: number): void {
    this.#deliveries.sending(one, toIds, number);
    if (this.#streams.writerAt(one.name)) this.#fairness.sending(one, toIds, number);
  }

  #next({ group }: SimPeer): { readonly sender: number; readonly number: number } {
    const label = { sender: group.myId, number: ++this.#sent };
    this.safety.sending(label.sender, label.number);
    return label;
  }

  #scheduleMessage(): void {
    const { clock } = this.network.world;
    clock.after(this.#chance.uint32() % TALK_PAUSE_MS, () => {
      if (!this.#talking) return;
      const pick = (among: readonly SimPeer[]) => among[this.#chance.uint32() % among.length];
      const speaker = pick(this.everyone.filter((one) => this.isAwake(one)));
      const listener = pick(this.everyone);
      if (speaker && listener) {
        if (this.#chance.uint32() % 3 > 0 || speaker === listener) this.broadcast(speaker);
        else this.sendTo(speaker, listener);
      }
      this.#scheduleMessage();
    });
  }

  #scheduleStream(): void {
    const { clock } = this.network.world;
    const random = this.#streamChance;
    clock.after(random.uint32() % STREAM_PAUSE_MS, () => {
      if (!this.#talking) return;
      const pick = <T>(among: readonly T[]) => among[random.uint32() % Math.max(1, among.length)];
      const writer = pick(this.everyone.filter((one) => this.isAwake(one)));
      const reader = pick(writer?.group.members.filter((id) => id !== writer.group.myId) ?? []);
      if (writer && reader) {
        if (!this.#streams.writerAt(writer.name)) this.#fairness.begin(writer);
        this.#streams.open(writer, reader, this.#mild);
      }
      this.#scheduleStream();
    });
  }

  #watch(peer: SimPeer, seen: SeenEvent): void {
    if (!this.isHere(peer)) return;
    const [kind, id] = seen;
    this.safety.judge(peer, seen);
    this.#streams.judge(peer, seen);
    this.#fairness.judge(peer, seen);
    if (!this.safety.isExcused(peer, Number(id))) this.#deliveries.judge(peer, seen);
    if (kind === "join") this.#sendMissed(peer, id);
    const isClosed = kind === "error" &&
      String(seen[2]).includes(`(${SigverClose.BLOCKING_MEMBER}`);
    // Isolated peers are spared: the server always receives from them.
    if (isClosed && (this.#mild || isIsolated(peer.name))) {
      throw new Error(`G6: ${peer.name} is closed by the server, which hears it`);
    }
    if (!this.#mild) return;
    if (kind === "state" && id === WebGroupState.LEFT) this.#leaving.delete(peer);
    if (kind !== "leave" || this.#leaving.has(peer)) return;
    if (this.safety.isExcused(peer, id)) return;
    const gone = this.network.peers.find(({ group }) => group.myId === id);
    if (gone === undefined || this.#leaving.has(gone) || !this.isHere(gone)) return;
    if (!this.#areLinked(peer, gone)) return;
    throw new Error(`G6: ${peer.name} declares ${gone.name} dead`);
  }

  /** A newcomer replies to an inviting member from which it had received nothing. */
  #entering(from: string, to: string): void {
    const find = (name: string) => this.everyone.find((one) => one.name === name);
    const [newcomer, host] = [find(from), find(to)];
    // An invited bot accepts every inviter.
    if (newcomer === undefined || host === undefined || newcomer.name === "bot") return;
    if (this.safety.excused.has(newcomer)) return;
    if (!peerOf(newcomer.group).mesh.hears(asMemberId(host.group.myId))) return;
    throw new Error(`G11: ${from} joins through ${to}, although it hears it`);
  }

  /** The program sends a newcomer the messages that it missed. */
  #sendMissed(peer: SimPeer, id: number): void {
    if (!this.#talking) return;
    for (let word = 0; word < GREETING_WORDS; word++) {
      this.network.world.clock.after(word * GREETING_PAUSE_MS, () => {
        const other = this.everyone.find(({ group }) => group.myId === id);
        if (other && this.isAwake(peer)) this.sendTo(peer, other);
      });
    }
  }

  /** Whether a path of channels exists: a member that left may have been the only relay. */
  #areLinked(a: SimPeer, b: SimPeer): boolean {
    const reached = new Set([a]);
    for (const one of reached) {
      for (const other of this.everyone) {
        if (one.group.neighbors.includes(other.group.myId)) reached.add(other);
      }
    }
    return reached.has(b);
  }

  /** Members with one id take over each other's channels, and dial again (docs/GUARANTEES.md). */
  #sharesId(name: string): boolean {
    const id = this.peers.find((one) => one.name === name)?.group.myId;
    return this.peers.some((one) => this.isHere(one) && one.name !== name && one.group.myId === id);
  }
}

export function isIsolated(name: string): boolean {
  return name.startsWith("isolated");
}

/** Machines with this name prefix can always connect. */
const REACHABLE = "page";
const SIGNALING_HOST = new URL(SimNetwork.SIGNALING).host;

/** Whether a frame is the answer of a newcomer, by its first field. */
function isPong(frame: Uint8Array): boolean {
  if (frame[0] !== PONG_FIELD) return false;
  try {
    return decodeJoinHandshake(frame).type === "initPong";
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** The tag of field 2, a number (src/wire/join_handshake.ts). */
const PONG_FIELD = 0x10;

/** Half of the runs have one server, the others several. */
function signalingOf(seed: number): SignalingKind {
  return (["one", "bus", "one", "sharded"] as const)[seed % 4] ?? "one";
}

/** For a seed, the same pair always gets the same result. */
function blocker(seed: number): (a: string, b: string) => boolean {
  const random = seededRandom(seed ^ 0xb10c);
  const percent = random.uint32() % (BLOCKED_PERCENT_MAX + 1);
  const blocked = new Map<string, boolean>();
  return (a, b) => {
    if (isIsolated(a) || isIsolated(b)) return false;
    if (a.startsWith(REACHABLE) && b.startsWith(REACHABLE)) return true;
    const pair = pairOf(a, b);
    if (!blocked.has(pair)) blocked.set(pair, random.uint32() % 100 < percent);
    return blocked.get(pair) !== true;
  };
}
