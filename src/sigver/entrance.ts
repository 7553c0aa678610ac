/**
 * The way in: what a request tells of who asks, whether they may come in, and as whom.
 *
 * @module
 */

import { type Address, askerOf, textOf } from "../base/address.ts";
import { KEY_LENGTH_MAX } from "../base/limits.ts";
import type { Clock } from "../platform/platform.ts";
import type { Channel } from "../transport/channel.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import type { UpgradeRequest } from "../transport/websocket_upgrade.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { keyIn } from "../wire/signaling_url.ts";
import type { Seat, Verdict } from "./client_connection.ts";
import type { Counts } from "./counts.ts";
import { Door } from "./door.ts";
import { turnAway } from "./endings.ts";
import type { Journal } from "./log.ts";
import type { SigverSettings } from "./options.ts";
import { Permission } from "./permission.ts";

/** What an entrance needs of the server behind it. */
export interface EntrancePorts {
  readonly counts: Counts;
  readonly clock: Clock;
  readonly journal: Journal;
  /** Is told what a program's function threw. */
  readonly report: (error: unknown) => void;
  /** Gets each who is in, with an open channel. */
  readonly take: (channel: Channel, seat: Seat) => void;
}

/** Lets in, and hands over those who are in. */
export class Entrance {
  readonly #settings: SigverSettings;
  readonly #ports: EntrancePorts;
  readonly #door: Door;
  readonly #permission: Permission;
  /** What was told, so that it is told once. */
  readonly #noted = new Set<string>();

  /** Nobody is in. */
  constructor(settings: SigverSettings, ports: EntrancePorts) {
    const { counts, clock, report } = ports;
    this.#settings = settings;
    this.#ports = ports;
    this.#door = new Door(settings, counts);
    this.#permission = new Permission(settings, counts, clock, report);
  }

  /** How many WebSockets there are, and how many addresses are remembered. */
  get held(): { readonly sockets: number; readonly households: number } {
    return { sockets: this.#door.sockets, households: this.#door.households };
  }

  /**
   * Decides by all that takes no time. What is wrong with a URL is told by a close code, as clients
   * expect it.
   */
  admit(request: UpgradeRequest): UpgradeDecision {
    return this.#admit(request, this.#addressOf(request));
  }

  /** The same, and then asks whoever else has to be asked, if anybody has. */
  ask(request: UpgradeRequest): UpgradeDecision | Promise<UpgradeDecision> {
    const address = this.#addressOf(request);
    const admission = this.#admit(request, address);
    if (admission.type === "refuse" || !this.#permission.needed) return admission;
    return this.#asked(admission, request, address);
  }

  #admit({ url: text, origin }: UpgradeRequest, address: Address | undefined): UpgradeDecision {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const key = url ? keyIn(url) : "";
    const verdict = url ? verdictOn(key) : NO_URL;
    const ticket = this.#door.enter(
      verdict ? "" : key,
      { origin, address },
      this.#ports.clock.now(),
    );
    if (ticket.type === "refuse") return ticket;
    const seat = {
      key: ticket.key,
      favored: url?.searchParams.has("favored") ?? false,
      visitor: ticket.visitor,
    };
    return {
      type: "admit",
      accept: (channel) => verdict ? turnAway(channel, verdict) : this.#ports.take(channel, seat),
      onClosed: this.#leaver(seat),
    };
  }

  async #asked(
    admission: UpgradeDecision & { readonly type: "admit" },
    { url: text, origin }: UpgradeRequest,
    address: Address | undefined,
  ): Promise<UpgradeDecision> {
    // One that is no URL is closed with its code, and enters no group.
    if (!URL.canParse(text)) return admission;
    const url = new URL(text);
    const refusal = await this.#permission.refusalOf({
      key: keyIn(url),
      url,
      origin,
      address: address && textOf(address),
    });
    if (refusal) admission.onClosed?.();
    return refusal ?? admission;
  }

  #leaver(seat: Seat): () => void {
    let isIn = true;
    return () => {
      if (isIn) this.#door.leave(seat, this.#ports.clock.now());
      isIn = false;
    };
  }

  #addressOf({ remote, forwardedFor }: UpgradeRequest): Address | undefined {
    if (remote === undefined) {
      this.#warn("no_addresses", "the handler is told none: what one may do is not limited");
      return undefined;
    }
    const { asker, isProxied } = askerOf(remote, forwardedFor, this.#settings.trusted);
    if (forwardedFor !== undefined && !isProxied) {
      this.#warn("proxy_not_trusted", "X-Forwarded-For came from who is no trusted proxy");
    }
    return asker;
  }

  #warn(event: string, reason: string): void {
    if (this.#noted.has(event)) return;
    this.#noted.add(event);
    this.#ports.journal.tell("warn", event, { reason });
  }
}

const NO_URL: Verdict = {
  type: "verdict",
  code: SigverClose.URL,
  reason: "the URL is not one",
};

const BAD_KEY: Verdict = {
  type: "verdict",
  code: SigverClose.KEY,
  reason: `a key has 1 to ${KEY_LENGTH_MAX} characters`,
};

function verdictOn(key: string): Verdict | undefined {
  return key.length < 1 || key.length > KEY_LENGTH_MAX ? BAD_KEY : undefined;
}
