// Decides which WebSockets a bot accepts.
//
//   origin ─▶ dial ─▶ knows the key of a group, or is a Netflux 4 member ─▶ that group
//                  └▶ invites to another group ─▶ limits ─▶ program ─▶ a further group
//
// A request without a valid key or proof changes no state.

import { type Address, clientAddress, formatAddress } from "../base/address.ts";
import type { MemberId } from "../base/ids.ts";
import type { Environment } from "../group/environment.ts";
import { peerOf, type WebGroup } from "../group/web_group.ts";
import { decideByCallback } from "../platform/program_callbacks.ts";
import type { Channel } from "../transport/channel.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import type { UpgradeRequest } from "../transport/websocket_upgrade.ts";
import { decodeDialQuery, type DialQuery, knowsKey } from "../wire/dial_query.ts";
import { AddressLimits, type GroupSlot } from "./address_limits.ts";
import { BOT_ADMISSION_MS, BOT_RETRY_AFTER_S } from "./limits.ts";
import type { Membership, Memberships } from "./memberships.ts";
import type { BotSettings, Invitation } from "./options.ts";

export interface AdmissionPorts {
  readonly environment: Environment;
  readonly memberships: Memberships;
  /** Returns the URL of the bot that is known to a group. */
  readonly urlOf: (membership: Membership) => string | undefined;
  readonly failed: (error: unknown) => void;
}

type Decision = UpgradeDecision | {
  /** Accepted if the program accepts it. */
  readonly type: "invitation";
  readonly invitation: Invitation;
  readonly admission: UpgradeDecision & { readonly type: "admit" };
};

export class Admissions {
  readonly #settings: BotSettings;
  readonly #ports: AdmissionPorts;
  readonly #addresses: AddressLimits;
  /** Accepted invitations whose WebSockets are not open yet. */
  #opening = 0;
  #closed = false;
  #warned = false;

  constructor(settings: BotSettings, ports: AdmissionPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#addresses = new AddressLimits(settings.limits);
  }

  /** Decides by the URL alone, without the callback of the program. */
  decideByUrl(url: URL): UpgradeDecision {
    const decision = this.#decide(url, undefined, undefined);
    return decision.type === "invitation" ? decision.admission : decision;
  }

  /** Decides on a request; the callback of the program decides on invitations. */
  ask(
    { url, origin, remote = "", forwardedFor }: UpgradeRequest,
  ): UpgradeDecision | Promise<UpgradeDecision> {
    if (!URL.canParse(url)) return refuse(400, "Bad request: malformed Host header");
    const { trusted } = this.#settings;
    const { address: client, isProxied } = clientAddress(remote, forwardedFor, trusted);
    if (forwardedFor !== undefined && !isProxied) this.#warnOfProxy();
    const decision = this.#decide(new URL(url), origin, client);
    if (decision.type !== "invitation") return decision;
    const { invitation, admission } = decision;
    const { admit } = this.#settings;
    return admit === undefined
      ? admission
      : this.#decideByProgram(() => admit(invitation), admission);
  }

  close(): void {
    this.#closed = true;
  }

  #decide(url: URL, origin: string | undefined, address: Address | undefined): Decision {
    if (this.#closed) return refuse(503, "Service unavailable: the bot was closed");
    const { origins } = this.#settings;
    if (origins && origin !== undefined && !origins.has(origin)) {
      return this.#refuse(
        address,
        403,
        `Forbidden: origin ${JSON.stringify(origin)} is not allowed`,
      );
    }
    const query = decodeDialQuery(url);
    if (query === undefined) {
      return this.#refuse(address, 400, "Bad request: type, wcId or key is missing");
    }
    const mayCheckGroups = this.#addresses.retryAfterMs(address, this.#now()) === 0;
    const known = this.#membershipOf(query, mayCheckGroups);
    if (known !== undefined) return this.admitTo(known, query, url);
    return query.type === "invitation" && query.key !== undefined
      ? this.#invite(query, query.key, url, origin, address)
      : this.#refuse(address, 403, "Forbidden: the bot is in no group with this key");
  }

  /** Returns the group whose key the client knows, or of which it is a Netflux 4 member. */
  #membershipOf(query: DialQuery, mayCheckGroups: boolean): Membership | undefined {
    const { memberships, urlOf } = this.#ports;
    if (query.proof === undefined && query.type !== "internal") {
      const known = query.key === undefined ? undefined : memberships.get(query.key);
      return query.type === "invitation" || known?.group.id === query.group ? known : undefined;
    }
    const knows = (one: Membership) => knowsKey(query, one.key, urlOf(one) ?? "");
    if (query.proof !== undefined && query.type !== "invitation") {
      return memberships.all.find((one) => one.group.id === query.group && knows(one));
    }
    // The checks below take time for each group, and would confirm guessed keys.
    if (!mayCheckGroups) return undefined;
    // By the key alone: an invitation names the group id, which a joining bot may not know yet.
    if (query.type === "invitation") return memberships.all.find(knows);
    // Netflux 4 members send no proof, and their own id in place of the group id.
    return memberships.all.find(({ group }) => isUnheardV4(group, query.sender));
  }

  /** Decides on the dial of a client that has proved that it knows the key. */
  admitTo(membership: Membership, query: DialQuery, url: URL): UpgradeDecision {
    const { group, key } = membership;
    const peer = peerOf(group);
    if (query.type === "internal" && (query.recipient ?? group.myId) !== group.myId) {
      return refuse(404, "Cannot accept the dial: it is for another member");
    }
    if (query.type === "internal" && peer.mesh.hears(query.sender)) {
      return refuse(409, "Conflict: the member has another channel");
    }
    // Netflux 4 peers have no other way to learn that the bot is already a member.
    if (query.type === "invitation" && query.sender === undefined && group.id === query.group) {
      return refuse(409, "Conflict: the bot is a member of this group already");
    }
    return {
      type: "admit",
      accept: (channel) => {
        // While the WebSocket opened, the group may have been left, or the bot closed.
        if (this.#ports.memberships.get(key) !== membership) return channel.close();
        membership.url ??= withoutQuery(url);
        if (query.type === "invitation") peer.acceptInvitation(key, query.group, channel);
        else peer.acceptDial(query, channel);
      },
    };
  }

  #invite(
    query: DialQuery & { readonly type: "invitation" },
    key: string,
    url: URL,
    origin: string | undefined,
    address: Address | undefined,
  ): Decision {
    if (this.#ports.memberships.size + this.#opening >= this.#settings.maxGroups) {
      return refuseForNow(
        503,
        "Service unavailable: the bot has reached its number of groups (maxGroups)",
      );
    }
    const slot = this.#addresses.invite(address, this.#now());
    if (typeof slot === "number") return refuseTooMany(slot);
    this.#opening++;
    let isOpening = true;
    const opened = () => {
      if (isOpening) this.#opening--;
      isOpening = false;
    };
    const admission: UpgradeDecision = {
      type: "admit",
      accept: (channel) => {
        opened();
        this.#accept(query, key, withoutQuery(url), slot, channel);
      },
      onClosed: () => {
        if (isOpening) slot.release();
        opened();
      },
    };
    const client = address && formatAddress(address);
    const invitation: Invitation = { key, groupId: query.group, url, origin, address: client };
    return { type: "invitation", invitation, admission };
  }

  async #decideByProgram(
    question: () => boolean | Promise<boolean>,
    admission: UpgradeDecision & { readonly type: "admit" },
  ): Promise<UpgradeDecision> {
    const { failed, environment: { platform: { clock } } } = this.#ports;
    const decision = await decideByCallback(question, clock, BOT_ADMISSION_MS, failed);
    if (decision === "yes" && !this.#closed) return admission;
    admission.onClosed?.();
    return decision === "no"
      ? refuse(403, "Forbidden: the program refused the invitation")
      : refuseForNow(503, "Service unavailable: the program did not decide in time");
  }

  #accept(
    { group: id }: DialQuery,
    key: string,
    url: string,
    slot: GroupSlot,
    channel: Channel,
  ): void {
    const { memberships } = this.#ports;
    // Two members can invite the bot at the same time.
    const known = memberships.get(key);
    if (known || this.#closed) slot.release();
    if (this.#closed) return channel.close();
    const { group } = known ?? memberships.add(key, slot, url);
    peerOf(group).acceptInvitation(key, id, channel);
  }

  /** Refuses a request, at a limited rate for each address. */
  #refuse(address: Address | undefined, status: number, reason: string): UpgradeDecision {
    const waitMs = this.#addresses.retryAfterMs(address, this.#now());
    if (waitMs > 0) return refuseTooMany(waitMs);
    this.#addresses.refused(address, this.#now());
    return refuse(status, reason);
  }

  /** Logs once that clients behind an untrusted proxy share one address and its limits. */
  #warnOfProxy(): void {
    if (this.#warned) return;
    this.#warned = true;
    const text = "X-Forwarded-For received from an address that is not in trustedProxies";
    this.#ports.environment.platform.log.note("WEB_GROUP", text);
  }

  #now(): number {
    return this.#ports.environment.platform.clock.now();
  }
}

function withoutQuery(url: URL): string {
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  return `${secure ? "wss" : "ws"}://${url.host}${url.pathname}`;
}

function isUnheardV4(group: WebGroup, sender: MemberId): boolean {
  const { mesh } = peerOf(group);
  return mesh.protocolOf(sender) === "v4" && !mesh.hears(sender);
}

function refuse(status: number, reason: string): UpgradeDecision {
  return { type: "refuse", status, reason };
}

function refuseForNow(
  status: number,
  reason: string,
  retryAfterS = BOT_RETRY_AFTER_S,
): UpgradeDecision {
  return { type: "refuse", status, reason, retryAfterS };
}

function refuseTooMany(waitMs: number): UpgradeDecision {
  const retryAfterS = waitMs === Infinity ? undefined : Math.ceil(waitMs / 1_000);
  return refuseForNow(429, "Too many requests from this address", retryAfterS);
}
