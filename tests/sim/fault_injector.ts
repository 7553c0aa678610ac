import { ProtocolError } from "../../src/base/errors.ts";
import { decodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { seededRandom } from "../../src/testing/random.ts";
import type { Population } from "./population.ts";
import type { Fault } from "./faults.ts";
import { FrameForger } from "./frame_forger.ts";
import type { SimPeer } from "./sim_network.ts";
import { SERVER } from "../../src/testing/world.ts";

const CORRUPTED_ONE_IN = 3;
/** A silence of this length closes data channels (RFC 7675: consent expires after 30 s). */
const CONSENT_MS = 30_000;
const FLAP_PAUSE_MS = 1_500;
const FORGE_PAUSE_MS = 100;

export class FaultInjector {
  readonly #population: Population;
  readonly #corruptors = new Set<string>();
  readonly #forgers = new Set<FrameForger>();
  readonly #chance = seededRandom(0xbabe);
  #ended = false;

  constructor(population: Population) {
    this.#population = population;
    population.network.world.replaceSent = (from, frame) => this.#frameSent(from, frame);
  }

  make(fault: Fault): void {
    const { signaling, world: { netem } } = this.#population.network;
    switch (fault.type) {
      case "start":
        return void this.#population.tryAdd(fault.rtc);
      case "isolated":
        return void this.#population.addOutsider("isolated", "key", fault.rtc);
      case "slowLinks":
        return netem.slowDown(fault.factor, fault.ms);
      case "partition":
        return this.#partition(fault);
      case "stopSigver":
        return signaling.stop();
      case "crashSigver":
        return signaling.crash(fault.which);
      case "loseBus":
        return signaling.loseBus(fault.which);
      case "regainBus":
        return signaling.regainBus();
      case "startSigver":
        return signaling.start();
      case "splitSigver":
        return signaling.split(this.#names(fault.among));
      case "uniteSigver":
        return signaling.unite();
      case "restartBot":
        return this.#restartBot(fault.ms);
      default: {
        const one = this.#population.peers[fault.who];
        if (one !== undefined && this.#population.isHere(one)) this.#makeFor(one, fault);
      }
    }
  }

  /** Removes untrusted peers; all others recover. */
  end(): void {
    const { peers, network: { signaling, world: { netem } } } = this.#population;
    this.#ended = true;
    netem.clear();
    signaling.unite();
    signaling.start();
    for (const one of peers) {
      if (this.#corruptors.has(one.name) && this.#population.isHere(one)) {
        this.#population.crash(one);
      }
    }
    for (const { one } of this.#forgers) {
      if (this.#population.isHere(one)) this.#population.crash(one);
    }
    this.#forgers.clear();
    this.#endSharedIds();
    for (const { machine } of peers) machine.setPageStatus({ online: true, visible: true });
    if (!this.#population.network.machineOf(this.#population.bot).alive) {
      this.#population.startBot();
    }
  }

  /**
   * Removes members whose id another peer has or had. Such a member does not notice that its id is
   * taken if it has received from its part lately, and its sessions disturb those of the other one
   * even after that has left (docs/GUARANTEES.md).
   */
  #endSharedIds(): void {
    for (const one of this.#population.peers) {
      const isShared = this.#population.isShared(one.group.myId);
      if (this.#population.isHere(one) && isShared) this.#population.crash(one, "reset");
    }
  }

  #makeFor(one: SimPeer, fault: Extract<Fault, { readonly who: number }>): void {
    const { clock, netem } = this.#population.network.world;
    switch (fault.type) {
      case "join":
        if (this.#population.isAwake(one)) this.#population.join(one);
        return;
      case "leave":
        if (this.#population.isAwake(one)) this.#population.leave(one);
        return;
      case "takeId":
        return void this.#population.tryAdd(true, one.group.myId || undefined);
      case "crash":
        return this.#population.crash(one, fault.resets ? "reset" : "silently");
      case "restart":
        this.#population.crash(one, "reset");
        return void this.#population.tryAdd(true);
      case "cut":
        for (const channel of one.machine.open) channel.cut();
        return;
      case "blackhole": {
        const { open } = one.machine;
        const rtc = open.filter(({ kind }) => kind === "rtc");
        return rtc[fault.which % Math.max(1, rtc.length)]?.die();
      }
      case "closePage":
        if (this.#population.isAwake(one)) this.#population.closePage(one);
        return;
      case "cachePage":
        if (this.#population.isAwake(one)) this.#population.cachePage(one, fault.ms);
        return;
      case "addChannel": {
        const others = this.#population.everyone.filter(({ group }) =>
          one.group.neighbors.includes(group.myId)
        );
        const other = others[fault.which % Math.max(1, others.length)];
        if (other !== undefined) this.#population.connect(one, other);
        return;
      }
      case "presence":
        return one.machine.setPageStatus({ online: fault.online, visible: fault.visible });
      case "sleep":
        return netem.sleep(one.name, fault.ms);
      case "throttle":
        return netem.throttle(one.name, fault.everyMs, fault.ms);
      case "clockJump":
        one.machine.aheadMs += fault.ms;
        return;
      case "slowReader":
        return netem.readSlowly(one.name, fault.bytesPerMs, fault.ms);
      case "delay":
        return netem.delay(one.name, fault.delayMs, fault.ms);
      case "flap":
        for (let time = 0; time < fault.times; time++) {
          clock.after(time * (fault.ms + FLAP_PAUSE_MS), () => {
            if (!this.#ended) netem.partition([one.name], fault.ms);
          });
        }
        return;
      case "corrupt":
        this.#corruptors.add(one.name);
        this.#population.safety.excuse(one);
        clock.after(fault.ms, () => {
          if (this.#population.isHere(one)) this.#population.crash(one);
        });
        return;
      case "forge":
        return this.#forge(one, fault);
    }
  }

  #forge(one: SimPeer, { ms, crashes }: Extract<Fault, { type: "forge" }>): void {
    const { clock } = this.#population.network.world;
    const forger = new FrameForger(one, this.#chance);
    this.#forgers.add(forger);
    this.#population.safety.excuse(one);
    const until = clock.now() + ms;
    const goOn = () => {
      if (this.#ended || !this.#population.isHere(one)) return;
      if (clock.now() >= until) {
        this.#forgers.delete(forger);
        return crashes ? this.#population.crash(one) : this.#population.leave(one);
      }
      if (this.#population.isAwake(one)) forger.sendForged();
      clock.after(FORGE_PAUSE_MS, goOn);
    };
    goOn();
  }

  #names(among: readonly number[]): readonly string[] {
    return among.flatMap((who) => this.#population.peers[who]?.name ?? []);
  }

  #partition({ among, ms, way, sparesServer }: Extract<Fault, { type: "partition" }>): void {
    const { clock, netem } = this.#population.network.world;
    const side = new Set(this.#names(among));
    netem.partition([...side], ms, { way, spared: sparesServer ? [SERVER] : [] });
    if (ms < CONSENT_MS) return;
    clock.after(CONSENT_MS, () => {
      if (this.#ended) return;
      for (const { machine } of this.#population.everyone) {
        if (!side.has(machine.name)) continue;
        for (const channel of machine.open) {
          if (channel.kind === "rtc" && !side.has(channel.peer)) channel.cut();
        }
      }
    });
  }

  #restartBot(ms: number): void {
    const { bot, network } = this.#population;
    if (!network.machineOf(bot).alive) return;
    this.#population.crashBot();
    network.world.clock.after(ms, () => {
      if (!this.#ended) this.#population.startBot();
    });
  }

  /** Corrupts frames, but no relayed and plain ones, for which their sender would be blamed. */
  #frameSent(from: string, frame: Uint8Array): Uint8Array {
    for (const forger of this.#forgers) if (from !== SERVER) this.#overhear(forger, frame);
    if (!this.#corruptors.has(from) || this.#chance.uint32() % CORRUPTED_ONE_IN > 0) return frame;
    if (!this.#isItsOwn(from, frame)) return frame;
    const wrong = frame.slice();
    const index = this.#chance.uint32() % Math.max(1, wrong.length);
    wrong[index] = (wrong[index] ?? 0) ^ (1 << (this.#chance.uint32() % 8));
    return wrong;
  }

  #overhear(forger: FrameForger, frame: Uint8Array): void {
    try {
      forger.observe(frame);
    } catch (error) {
      // First frames of channels and signaling messages are no envelopes.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  #isItsOwn(from: string, frame: Uint8Array): boolean {
    try {
      const { sender, service } = decodeEnvelope(frame);
      const me = this.#population.peers.find(({ name }) => name === from)?.group.myId;
      return sender === me && service !== Service.USER;
    } catch {
      // First frames of a channel are its own, too.
      return true;
    }
  }
}
