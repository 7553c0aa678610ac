/**
 * The parts of a peer, wired to each other: what one tells is done by another, or told on.
 *
 * ```text
 * mesh ── wanted ─────▶ negotiator ── connected ─▶ mesh, doors     letters travel by
 * doors ─ entered ────▶ mesh                                       signaling or by the mesh
 * mesh ── user frame ─▶ messages ──── message ───▶ told
 * ```
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { asMemberId, type MemberId } from "../base/ids.ts";
import type { IceSource } from "../ice/state.ts";
import { IceSupply } from "../ice/supply.ts";
import { sooner } from "../machine/timers.ts";
import type { NegotiationFact } from "../negotiation/fact.ts";
import { Negotiator } from "../negotiation/negotiator.ts";
import { SignalingClient, type SignalingFact } from "../signaling/client.ts";
import { FullMesh } from "../topology/full_mesh.ts";
import type { TopologyFact } from "../topology/topology.ts";
import type { Channel } from "../transport/channel.ts";
import type { Address } from "../transport/courier.ts";
import { decodeEnvelope, encodeEnvelope, Service } from "../wire/envelope.ts";
import { Doors, type Identity } from "./doors.ts";
import { Leavers } from "./leavers.ts";
import { Messages } from "./messages.ts";
import type { RtcConfiguration } from "./rtc_configuration.ts";
import type { PartFact } from "./part_fact.ts";
import type { World } from "./world.ts";

/** What the parts need. */
export interface PartPorts {
  readonly world: World;
  readonly rtcConfiguration: RtcConfiguration;
  /** Where the ICE servers come from, which are to be left out above. */
  readonly ice: IceSource;
  /** A member that nobody hears is listed for so long. */
  readonly graceMs: number;
  /** Messages of so many bytes are taken. */
  readonly messageBytesMax: number;
  readonly identity: () => Identity;
  /** The URL on which this peer takes WebSockets; `undefined`: it does not. */
  readonly listens: () => string | undefined;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
  /** Has what follows handled before anything else from outside. */
  readonly follow: (turn: () => void) => void;
  /** Is told each fact, in its turn. */
  readonly told: (fact: PartFact) => void;
}

/** All parts of one peer. */
export class Parts {
  readonly signaling: SignalingClient;
  readonly mesh: FullMesh;
  readonly doors: Doors;
  readonly messages: Messages;
  readonly ice: IceSupply;
  readonly #negotiator: Negotiator;
  readonly #leavers = new Leavers();
  readonly #ports: PartPorts;
  readonly #all: readonly { readonly deadline: number | undefined; tick(now: number): void }[];

  constructor(ports: PartPorts) {
    this.#ports = ports;
    const { follow, identity, post, told, world: { platform, transport } } = ports;
    const { clock, random } = platform;
    this.signaling = new SignalingClient({ clock, random, transport, post });
    this.mesh = new FullMesh(identity().me, {
      clock,
      graceMs: ports.graceMs,
      post,
      deliver: (...message) => follow(() => this.#deliver(...message)),
      dropped: (text) => this.#note(text),
    });
    this.ice = new IceSupply(ports.ice, {
      clock,
      transport,
      post,
      failed: (error) => told({ type: "error", error }),
    });
    this.#negotiator = new Negotiator({
      clock,
      transport: this.ice.over(transport),
      courier: { send: (...letter) => this.#sendLetter(...letter) },
      // The same by another name, which programs without the DOM library know too.
      configuration: ports.rtcConfiguration as RTCConfiguration,
      identity: () => ({
        ...identity(),
        listens: ports.listens(),
        neighbors: this.mesh.neighbors,
      }),
      post,
    });
    this.messages = new Messages({
      clock,
      platform,
      random,
      messageBytesMax: ports.messageBytesMax,
      topology: this.mesh,
      arrived: (sender, data) => told({ type: "message", sender, data }),
      offered: told,
      drained: () => follow(() => told({ type: "drained" })),
      lost: (member, unacknowledged) => told({ type: "lost", member, unacknowledged }),
      dropped: (text) => this.#note(text),
      post,
    });
    this.doors = new Doors({
      clock,
      transport,
      topology: this.mesh,
      identity,
      post,
      entered: (ping) => told({ type: "entered", ping }),
      turnedAway: (why) => told({ type: "turnedAway", why }),
      failed: (error) => told({ type: "error", error }),
    });
    const { signaling, ice, doors, mesh, messages } = this;
    this.#all = [signaling, ice, this.#negotiator, doors, mesh, messages];
    signaling.facts.subscribe((fact) => follow(() => this.#signalingTold(fact)));
    this.#negotiator.facts.subscribe((fact) => follow(() => this.#negotiatorTold(fact)));
    mesh.facts.subscribe((fact) => {
      // At once: `clean` forgets them again with the members that this peer leaves itself.
      this.#leavers.told(fact, clock.now());
      follow(() => this.#meshTold(fact));
    });
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    let next: number | undefined;
    for (const part of this.#all) next = sooner(next, part.deadline);
    return next;
  }

  /** Asks the signaling server, as a member of the group that it knows: who just left was in it. */
  check(): void {
    const { me } = this.#ports.identity();
    const { clock } = this.#ports.world.platform;
    const seen = new Set([...this.mesh.present, ...this.#leavers.lately(clock.now())]);
    seen.delete(me);
    this.signaling.check(me, [...seen]);
  }

  /** Enters the group, by the member that the signaling server paired us with. */
  enterOverSignaling(): void {
    this.#negotiator.reach({ via: "signaling", to: "member" });
  }

  /** Enters the group over a channel that a member opened. */
  enter(channel: Channel): void {
    this.#negotiator.forget({ via: "signaling", to: "member" });
    this.doors.enter(channel);
  }

  /** Takes the channel of a member that called: what we were trying meanwhile is needless. */
  answered(member: MemberId): void {
    this.#negotiator.forget({ via: "group", to: member });
  }

  /** Ends attempts and channels, and forgets members; tells when the channels are closed. */
  clean(done: () => void): void {
    this.#negotiator.forgetAll();
    this.doors.close();
    this.messages.leave();
    this.mesh.stop(done);
    this.#leavers.clear();
  }

  /** Ends all channels at once, with the last words: the page goes away. */
  abandon(): void {
    this.messages.leave();
    this.mesh.abandon();
  }

  /** Handles what is due. */
  tick(now: number): void {
    for (const part of this.#all) part.tick(now);
  }

  // Facts

  #signalingTold(fact: SignalingFact): void {
    switch (fact.type) {
      case "phase": {
        const { phase, connected } = fact;
        // What was begun over another connection does not go on over this one.
        if (phase === "OPEN") this.#negotiator.forget({ via: "signaling", to: "member" });
        return this.#ports.told({ type: "signaling", phase, connected });
      }
      case "letter":
        return this.#letter(fact.from, fact.envelope);
      case "ice":
        return this.ice.offered(fact.offer);
      case "trouble":
        return this.#ports.told({ type: "error", error: fact.error });
    }
  }

  #negotiatorTold(fact: NegotiationFact): void {
    switch (fact.type) {
      case "asked":
        return this.mesh.asked(fact.member, fact.adjacent, fact.ours ? "ours" : "deployed");
      case "promised":
        if (fact.address.via !== "group") return;
        return this.mesh.answered(fact.address.to, fact.ours ? "ours" : "deployed");
      case "connected":
        return this.#connected(fact.address, fact.channel);
      case "failed":
        this.#note(fact.error.message);
        if (fact.address.via === "group") return this.mesh.unreached(fact.address.to);
        return this.#ports.told({ type: "turnedAway", why: "failed" });
    }
  }

  #meshTold(fact: TopologyFact): void {
    switch (fact.type) {
      case "phase":
        return this.#ports.told({ type: "topology", phase: fact.phase });
      case "memberLeft": {
        const unacknowledged = this.messages.left(fact.member);
        this.#negotiator.forget({ via: "group", to: fact.member });
        return this.#ports.told({ ...fact, unacknowledged });
      }
      case "memberJoined":
        this.#ports.told({ type: "memberJoined", member: fact.member });
        return this.messages.joined(fact.member, fact.kind);
      case "apart":
        return this.#ports.told(fact);
      case "kindLearned":
        return this.messages.learned(fact.member, fact.kind);
      case "rerouted":
        return this.messages.rerouted(fact.member);
      case "wanted":
        return this.#negotiator.reach({ via: "group", to: fact.member });
      case "warned":
        return this.#ports.world.platform.log.note("topology", fact.text);
    }
  }

  #connected(address: Address, channel: Channel): void {
    if (address.via === "group") {
      return this.mesh.adopt({ member: address.to, channel, early: [] });
    }
    if (address.to === "member") this.doors.enter(channel);
    else this.doors.admit(channel);
  }

  // Letters and messages

  #sendLetter(address: Address, service: number, content: Uint8Array, last: boolean): void {
    if (address.via === "group") return this.mesh.sendControl(address.to, service, content);
    // The member that a newcomer was paired with has no name yet; a newcomer has the server's.
    const envelope = encodeEnvelope({
      sender: address.to === "member" ? this.#ports.identity().me : undefined,
      recipient: address.to === "member" ? "everyone" : asMemberId(address.to),
      service,
      content,
      hopsLeft: undefined,
    });
    this.signaling.send(address, envelope, last);
  }

  #letter(from: Address, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return this.#negotiator.cut(from);
    this.#tolerate(`a letter over ${from.via}`, () => {
      const { service, content } = decodeEnvelope(bytes);
      this.#negotiator.receive(from, service, content);
    });
  }

  #deliver(sender: MemberId, service: number, content: Uint8Array): void {
    this.#tolerate(`a message of member ${sender}`, () => {
      if (service !== Service.USER && service !== Service.SESSION) {
        return this.#negotiator.receive({ via: "group", to: sender }, service, content);
      }
      if (this.mesh.linkOf(sender) === undefined) {
        return this.#note(`Dropped a message of ${sender}, who is no member`);
      }
      this.messages.receive(sender, service, content);
    });
  }

  /** What others send may be anything: it is dropped, said, and nothing else happens. */
  #tolerate(what: string, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#note(`Dropped ${what}: ${error.message}`);
    }
  }

  #note(text: string): void {
    this.#ports.world.platform.log.note("debug", text);
  }
}
