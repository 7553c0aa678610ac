/**
 * The parts of a peer, wired to each other: what one tells is done by another, or told on.
 *
 * The mesh and the messages are those of one join: when the group is left, others take their place
 * at once, and the old ones hand over what was sent ({@linkcode Leaving}).
 *
 * ```text
 * mesh ── wanted ─────▶ negotiator ── connected ─▶ mesh, doors     letters travel by
 * doors ─ entered ────▶ mesh                                       signaling or by the mesh
 * mesh ── user frame ─▶ messages ──── message ───▶ told
 * ```
 *
 * @module
 */

import { ConnectionError, ProtocolError } from "../base/errors.ts";
import { SEND_STALL_MS, WAIT_REPORTED_MS } from "../base/limits.ts";
import { asMemberId, type MemberId } from "../base/ids.ts";
import type { IceSource } from "../ice/state.ts";
import { IceSupply } from "../ice/supply.ts";
import { sooner } from "../machine/timers.ts";
import type { NegotiationFact } from "../negotiation/fact.ts";
import { Negotiator } from "../negotiation/negotiator.ts";
import { SignalingClient } from "../signaling/client.ts";
import { FullMesh } from "../topology/full_mesh.ts";
import type { Channel } from "../transport/channel.ts";
import type { Address } from "../transport/courier.ts";
import { decodeEnvelope, encodeEnvelope, Service } from "../wire/envelope.ts";
import { Doors, type Identity } from "./doors.ts";
import { RecentLeavers } from "./recent_leavers.ts";
import { Leaving } from "./leaving.ts";
import { Messages } from "./messages.ts";
import type { Trace } from "../platform/trace.ts";
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
  /** Notes what the parts decide. */
  readonly trace: Trace;
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
  readonly doors: Doors;
  readonly ice: IceSupply;
  /** See {@linkcode MessagePorts.lowMark}. */
  lowMark = 0;
  #mesh: FullMesh;
  #messages: Messages;
  /** The groups that were left and are not closed yet. */
  readonly #leaving = new Set<Leaving>();
  readonly #negotiator: Negotiator;
  readonly #recentLeavers = new RecentLeavers();
  readonly #ports: PartPorts;

  constructor(ports: PartPorts) {
    this.#ports = ports;
    const { follow, identity, post, told, trace, world: { platform, transport } } = ports;
    const { clock, random } = platform;
    const mesh = () => this.#mesh;
    this.signaling = new SignalingClient({
      clock,
      random,
      transport,
      trace,
      post,
    }, {
      phaseChanged: (phase, connected) =>
        follow(() => {
          // What was begun over another connection does not go on over this one.
          if (phase === "OPEN") this.#negotiator.forget({ via: "signaling", to: "member" });
          told({ type: "signaling", phase, connected });
        }),
      signalReceived: (from, envelope) => follow(() => this.#letter(from, envelope)),
      iceServersReceived: (offer) => follow(() => this.ice.offered(offer)),
      failed: (error) => follow(() => told({ type: "error", error })),
    });
    [this.#mesh, this.#messages] = this.#beginGroup();
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
      mayAsk: (member) => this.mesh.mayRequest(member),
      trace,
      told: (fact) => follow(() => this.#negotiatorTold(fact)),
      post,
    });
    this.doors = new Doors({
      clock,
      transport,
      get topology() {
        return mesh();
      },
      epochFor: (member) => this.messages.associationWith(member)?.epoch,
      epochOf: (member) => this.messages.associationWith(member)?.peerEpoch,
      identity,
      post,
      entered: (ping) => told({ type: "entered", ping }),
      turnedAway: (why) => told({ type: "turnedAway", why }),
      failed: (error) => told({ type: "error", error }),
    });
  }

  /** Who is in the group, and how each is reached. */
  get mesh(): FullMesh {
    return this.#mesh;
  }

  /** What the program sends and receives. */
  get messages(): Messages {
    return this.#messages;
  }

  /** Whether a group that was left is not closed yet. */
  get isLeaving(): boolean {
    return this.#leaving.size > 0;
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    let next: number | undefined;
    for (const part of this.#all()) next = sooner(next, part.deadline);
    return next;
  }

  /** Asks the signaling server, as a member of the group that it knows: who just left was in it. */
  check(): void {
    const { me } = this.#ports.identity();
    const { clock } = this.#ports.world.platform;
    const seen = new Set([...this.mesh.reachable, ...this.#recentLeavers.current(clock.now())]);
    seen.delete(me);
    this.signaling.check(me, [...seen]);
  }

  /** Enters the group, by the member that the signaling server paired us with. */
  enterOverSignaling(): void {
    this.#negotiator.reach({ via: "signaling", to: "member" });
  }

  /** Enters the group over a channel of a member that invites this peer. */
  enterInvited(channel: Channel): void {
    this.#negotiator.forget({ via: "signaling", to: "member" });
    this.doors.enter(channel, "invited");
  }

  /** Takes the channel of a member that called: what we were trying meanwhile is needless. */
  answered(member: MemberId): void {
    this.#negotiator.forget({ via: "group", to: member });
  }

  /**
   * Ends attempts, forgets members, and begins anew; what was sent to them is handed over first,
   * unless the page goes away meanwhile.
   *
   * @param closed Called when all channels are closed.
   */
  clean(isPageGone: boolean, closed: () => void): void {
    const { clock } = this.#ports.world.platform;
    const { me } = this.#ports.identity();
    const group = { mesh: this.#mesh, messages: this.#messages };
    this.#negotiator.forgetAll();
    this.doors.close();
    this.#recentLeavers.clear();
    this.#tellAllLeft();
    [this.#mesh, this.#messages] = this.#beginGroup();
    const leaving: Leaving = new Leaving(me, group, clock.now(), () => {
      this.#leaving.delete(leaving);
      closed();
    });
    this.#leaving.add(leaving);
    if (isPageGone) leaving.abort();
    else leaving.advance();
  }

  /** Ends at once what still hands over: the page goes away. */
  abort(): void {
    for (const leaving of this.#leaving) leaving.abort();
  }

  /** Handles what is due. */
  tick(now: number): void {
    for (const part of this.#all()) part.tick(now);
  }

  #all(): readonly { readonly deadline: number | undefined; tick(now: number): void }[] {
    const { signaling, ice, doors, mesh, messages } = this;
    return [signaling, ice, this.#negotiator, doors, mesh, messages, ...this.#leaving];
  }

  #beginGroup(): [FullMesh, Messages] {
    const { follow, identity, graceMs, messageBytesMax, post, told, trace, world } = this.#ports;
    const { platform } = world;
    const { clock, random } = platform;
    const dropped = (text: string) => this.#note(text);
    const isCurrent = () => this.#mesh === mesh;
    /** Runs what follows, if the group was not left meanwhile. */
    const next = (turn: () => void, otherwise = () => {}) =>
      follow(() => isCurrent() ? turn() : otherwise());
    const mesh: FullMesh = new FullMesh(identity().me, { clock, graceMs, post, trace }, {
      phaseChanged: (phase) => next(() => told({ type: "topology", phase })),
      memberJoined: (member, protocol) =>
        next(() => {
          told({ type: "memberJoined", member });
          messages.joined(member, protocol);
        }),
      protocolLearned: (member, protocol) => next(() => messages.protocolLearned(member, protocol)),
      memberLeft: (departed) => {
        const { member, reason } = departed;
        if (isCurrent() && reason === "left") this.#recentLeavers.add(member, clock.now());
        next(() => {
          const unacknowledged = messages.left(member);
          this.#negotiator.forget({ via: "group", to: member });
          told({ ...departed, type: "memberLeft", unacknowledged });
        }, () => messages.left(member));
      },
      rerouted: (member) => follow(() => messages.rerouted(member)),
      partitioned: (isolated) => next(() => told({ type: "apart", isolated })),
      channelWanted: (member) => next(() => this.#negotiator.reach({ via: "group", to: member })),
      received: (...frame) =>
        next(
          () => this.#deliver(...frame),
          () => this.#acknowledged(mesh, messages, ...frame),
        ),
      dropped,
      warned: (text) => next(() => platform.log.note("topology", text)),
    });
    const tell = (fact: PartFact) => {
      if (isCurrent()) told(fact);
    };
    const messages: Messages = new Messages({
      clock,
      platform,
      random,
      messageBytesMax,
      topology: mesh,
      lowMark: () => isCurrent() ? this.lowMark : 0,
      listed: (member) => tell({ type: "listed", member }),
      arrived: (sender, data) => tell({ type: "message", sender, data }),
      offered: tell,
      drained: () => follow(() => isCurrent() ? told({ type: "drained" }) : this.#advance()),
      slow: (member) => tell({ type: "error", error: slowError(member) }),
      lost: (member, unacknowledged) => tell({ type: "lost", member, unacknowledged }),
      dropped,
      post,
    });
    return [mesh, messages];
  }

  /** Of a group that was left, only acknowledgements count. */
  #acknowledged(
    mesh: FullMesh,
    messages: Messages,
    sender: MemberId,
    service: number,
    content: Uint8Array,
  ): void {
    if (service !== Service.SESSION || mesh.pathTo(sender) === undefined) return;
    this.#tolerate(`a message of member ${sender}`, () => {
      messages.receive(sender, service, content);
      this.#advance();
    });
  }

  #advance(): void {
    for (const leaving of this.#leaving) leaving.advance();
  }

  #tellAllLeft(): void {
    const { me } = this.#ports.identity();
    const members = this.#mesh.members.filter((id) => id !== me);
    for (const [index, member] of members.entries()) {
      const unacknowledged = this.#messages.unacknowledged(member);
      const adjacent = this.#mesh.neighbors.includes(member);
      const othersRemain = index < members.length - 1;
      this.#ports.follow(() =>
        this.#ports.told({
          type: "memberLeft",
          member,
          reason: "left",
          adjacent,
          othersRemain,
          unacknowledged,
        })
      );
    }
    if (this.#mesh.phase === "IDLE") return;
    this.#ports.follow(() => this.#ports.told({ type: "topology", phase: "IDLE" }));
  }

  // Facts

  #negotiatorTold(fact: NegotiationFact): void {
    switch (fact.type) {
      case "asked":
        return this.mesh.channelRequested(fact.member, fact.adjacent, fact.ours ? "v5" : "v4");
      case "promised": {
        const { address, ours } = fact;
        if (address.via !== "group") return;
        this.mesh.dialAnswered(address.to, ours ? "v5" : "v4");
        // It lists us in the turn in which it says so.
        return this.#ports.told({ type: "listed", member: address.to });
      }
      case "connected":
        return this.#connected(fact.address, fact.channel);
      case "failed":
        this.#note(fact.error.message);
        if (fact.address.via === "group") return this.mesh.dialFailed(fact.address.to);
        this.#ports.told({ type: "error", error: fact.error });
        return this.#ports.told({ type: "turnedAway", why: "failed" });
    }
  }

  #connected(address: Address, channel: Channel): void {
    if (address.via === "group") {
      return this.mesh.addChannel({ member: address.to, channel, bufferedFrames: [] });
    }
    if (address.to === "member") this.doors.enter(channel, "paired");
    else this.doors.admit(channel);
  }

  // Letters and messages

  #sendLetter(address: Address, service: number, content: Uint8Array, last: boolean): void {
    if (address.via === "group") return this.mesh.router.sendControl(address.to, service, content);
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
      if (this.mesh.pathTo(sender) === undefined) {
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

function slowError(member: MemberId): ConnectionError {
  const [silent, limit] = [WAIT_REPORTED_MS, SEND_STALL_MS].map((ms) => `${ms / 1000} s`);
  const reason = `it has acknowledged nothing for ${silent}, and is let go after ${limit}`;
  return new ConnectionError("TIMEOUT", `Cannot send to member ${member} yet: ${reason}`);
}
