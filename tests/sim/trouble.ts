/**
 * Makes the faults of a run happen to its people.
 *
 * @module
 */

import { ProtocolError } from "../../src/base/errors.ts";
import { decodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { seededRandom } from "../support/chance.ts";
import type { Crew } from "./crew.ts";
import type { Fault } from "./faults.ts";
import { Forger } from "./forger.ts";
import type { Villager } from "./village.ts";
import { SERVER } from "./world.ts";

/** One in so many frames of who babbles is wrong. */
const BABBLED = 3;
/** Data channels do not outlive a silence of this length (RFC 7675: consent expires after 30 s). */
const CONSENT_MS = 30_000;
const FLAP_PAUSE_MS = 1_500;
const FORGE_PAUSE_MS = 100;

/** What goes wrong. */
export class Trouble {
  readonly #crew: Crew;
  readonly #babblers = new Set<string>();
  readonly #forgers = new Set<Forger>();
  readonly #chance = seededRandom(0xbabe);
  #ended = false;

  constructor(crew: Crew) {
    this.#crew = crew;
    crew.village.world.said = (from, frame) => this.#said(from, frame);
  }

  /** Makes one happen. */
  make(fault: Fault): void {
    const { signaling, world: { weather } } = this.#crew.village;
    switch (fault.type) {
      case "come":
        return void this.#crew.come(fault.rtc);
      case "hermit":
        return void this.#crew.addAside("hermit", "key", fault.rtc);
      case "slow":
        return weather.slowDown(fault.factor, fault.ms);
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
        const one = this.#crew.peers[fault.who];
        if (one !== undefined && this.#crew.isHere(one)) this.#makeFor(one, fault);
      }
    }
  }

  /** All that is wrong ends: who says anything goes, and what can come back comes back. */
  end(): void {
    const { peers, village: { signaling, world: { weather } } } = this.#crew;
    this.#ended = true;
    weather.clear();
    signaling.unite();
    signaling.start();
    for (const one of peers) {
      if (this.#babblers.has(one.name) && this.#crew.isHere(one)) this.#crew.crash(one);
    }
    for (const { one } of this.#forgers) if (this.#crew.isHere(one)) this.#crew.crash(one);
    this.#forgers.clear();
    this.#endSharedIds();
    for (const { place } of peers) place.presence.next({ online: true, visible: true });
    if (!this.#crew.village.placeOf(this.#crew.bot).alive) this.#crew.startBot();
  }

  /**
   * The members go whose id another peer has, or had: one that heard others of its part lately does
   * not notice that its id is taken, and the sessions of one are in the way of the other, also when
   * that is gone (docs/GUARANTEES.md).
   */
  #endSharedIds(): void {
    for (const one of this.#crew.peers) {
      const isShared = this.#crew.isShared(one.group.myId);
      if (this.#crew.isHere(one) && isShared) this.#crew.crash(one, "told");
    }
  }

  #makeFor(one: Villager, fault: Extract<Fault, { readonly who: number }>): void {
    const { clock, weather } = this.#crew.village.world;
    switch (fault.type) {
      case "join":
        if (this.#crew.isAwake(one)) this.#crew.join(one);
        return;
      case "leave":
        if (this.#crew.isAwake(one)) this.#crew.leave(one);
        return;
      case "collide":
        return void this.#crew.come(true, one.group.myId || undefined);
      case "crash":
        return this.#crew.crash(one, fault.told ? "told" : "silently");
      case "restart":
        this.#crew.crash(one, "told");
        return void this.#crew.come(true);
      case "cut":
        for (const channel of one.place.open) channel.cut();
        return;
      case "die": {
        const { open } = one.place;
        const rtc = open.filter(({ kind }) => kind === "rtc");
        return rtc[fault.which % Math.max(1, rtc.length)]?.die();
      }
      case "closePage":
        if (this.#crew.isAwake(one)) this.#crew.closePage(one);
        return;
      case "hidePage":
        if (this.#crew.isAwake(one)) this.#crew.hidePage(one, fault.ms);
        return;
      case "double": {
        const others = this.#crew.everyone.filter(({ group }) =>
          one.group.neighbors.includes(group.myId)
        );
        const other = others[fault.which % Math.max(1, others.length)];
        if (other !== undefined) this.#crew.connect(one, other);
        return;
      }
      case "presence":
        return one.place.presence.next({ online: fault.online, visible: fault.visible });
      case "sleep":
        return weather.sleep(one.name, fault.ms);
      case "throttle":
        return weather.throttle(one.name, fault.everyMs, fault.ms);
      case "jump":
        one.place.aheadMs += fault.ms;
        return;
      case "read":
        return weather.readSlowly(one.name, fault.bytesPerMs, fault.ms);
      case "delay":
        return weather.delay(one.name, fault.delayMs, fault.ms);
      case "flap":
        for (let time = 0; time < fault.times; time++) {
          clock.after(time * (fault.ms + FLAP_PAUSE_MS), () => {
            if (!this.#ended) weather.partition([one.name], fault.ms);
          });
        }
        return;
      case "babble":
        this.#babblers.add(one.name);
        this.#crew.safety.excuse(one);
        clock.after(fault.ms, () => {
          if (this.#crew.isHere(one)) this.#crew.crash(one);
        });
        return;
      case "forge":
        return this.#forge(one, fault);
    }
  }

  #forge(one: Villager, { ms, crashes }: Extract<Fault, { type: "forge" }>): void {
    const { clock } = this.#crew.village.world;
    const forger = new Forger(one, this.#chance);
    this.#forgers.add(forger);
    this.#crew.safety.excuse(one);
    const until = clock.now() + ms;
    const goOn = () => {
      if (this.#ended || !this.#crew.isHere(one)) return;
      if (clock.now() >= until) {
        this.#forgers.delete(forger);
        return crashes ? this.#crew.crash(one) : this.#crew.leave(one);
      }
      if (this.#crew.isAwake(one)) forger.say();
      clock.after(FORGE_PAUSE_MS, goOn);
    };
    goOn();
  }

  #names(among: readonly number[]): readonly string[] {
    return among.flatMap((who) => this.#crew.peers[who]?.name ?? []);
  }

  #partition({ among, ms, way, sparesServer }: Extract<Fault, { type: "partition" }>): void {
    const { clock, weather } = this.#crew.village.world;
    const side = new Set(this.#names(among));
    weather.partition([...side], ms, { way, spared: sparesServer ? [SERVER] : [] });
    if (ms < CONSENT_MS) return;
    clock.after(CONSENT_MS, () => {
      if (this.#ended) return;
      for (const { place } of this.#crew.everyone) {
        if (!side.has(place.name)) continue;
        for (const channel of place.open) {
          if (channel.kind === "rtc" && !side.has(channel.peer)) channel.cut();
        }
      }
    });
  }

  #restartBot(ms: number): void {
    const { bot, village } = this.#crew;
    if (!village.placeOf(bot).alive) return;
    this.#crew.crashBot();
    village.world.clock.after(ms, () => {
      if (!this.#ended) this.#crew.startBot();
    });
  }

  /** What is relayed for others, or is plain, stays as it is: who would be blamed? */
  #said(from: string, frame: Uint8Array): Uint8Array {
    for (const forger of this.#forgers) if (from !== SERVER) this.#overhear(forger, frame);
    if (!this.#babblers.has(from) || this.#chance.uint32() % BABBLED > 0) return frame;
    if (!this.#isItsOwn(from, frame)) return frame;
    const wrong = frame.slice();
    const index = this.#chance.uint32() % Math.max(1, wrong.length);
    wrong[index] = (wrong[index] ?? 0) ^ (1 << (this.#chance.uint32() % 8));
    return wrong;
  }

  #overhear(forger: Forger, frame: Uint8Array): void {
    try {
      forger.hear(frame);
    } catch (error) {
      // First frames of channels, and what goes to the server, are no envelopes.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  #isItsOwn(from: string, frame: Uint8Array): boolean {
    try {
      const { sender, service } = decodeEnvelope(frame);
      const me = this.#crew.peers.find(({ name }) => name === from)?.group.myId;
      return sender === me && service !== Service.USER;
    } catch {
      // A first frame of a channel: those are its own, too.
      return true;
    }
  }
}
