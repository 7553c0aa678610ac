/**
 * Decides on requests to connect: by URL, origin and limits at once, then by the authorization.
 *
 * @module
 */

import { type Address, addressPrefix, clientAddress, formatAddress } from "../base/address.ts";
import { KEY_LENGTH_MAX } from "../base/limits.ts";
import { SIGVER_RETRY_AFTER_S } from "../base/sigver_limits.ts";
import type { Channel } from "../transport/channel.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import type { UpgradeRequest } from "../transport/websocket_upgrade.ts";
import { keyIn } from "../wire/signaling_url.ts";
import { authorizer, type Grant, type Refusal, refuse } from "./authorization.ts";
import type { ClientInfo } from "./client_connection.ts";
import { CLOSE, rejectChannel } from "./close_reasons.ts";
import { ConnectionLimiter, type LimitReached } from "./connection_limiter.ts";
import type { ServerParts } from "./options.ts";

export class Admission {
  readonly #parts: ServerParts;
  readonly #accept: (channel: Channel, info: ClientInfo) => void;
  readonly #limiter: ConnectionLimiter;
  readonly #authorize: ReturnType<typeof authorizer>;
  readonly #warned = new Set<string>();

  constructor(parts: ServerParts, accept: (channel: Channel, info: ClientInfo) => void) {
    this.#parts = parts;
    this.#accept = accept;
    this.#limiter = new ConnectionLimiter(parts.settings.limits);
    this.#authorize = authorizer(parts);
  }

  get held(): ConnectionLimiter["held"] {
    return this.#limiter.held;
  }

  /** @param isOwn The client is part of this program: it has no address, and is authorized. */
  decide(request: UpgradeRequest, isOwn = false): UpgradeDecision | Promise<UpgradeDecision> {
    const { environment: { clock }, metrics, settings: { origins } } = this.#parts;
    const { origin } = request;
    const address = isOwn ? undefined : this.#addressOf(request);
    const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
    const key = url ? keyIn(url) : "";
    const isKey = key.length >= 1 && key.length <= KEY_LENGTH_MAX;
    const invalid = url === undefined ? CLOSE.BAD_URL : isKey ? undefined : CLOSE.BAD_KEY;
    if (origins && origin !== undefined && !origins.has(origin)) {
      metrics.refused.origin++;
      return refuse(403, `Forbidden: the origin ${JSON.stringify(origin)} is not allowed`);
    }
    const prefix = address && addressPrefix(address);
    const slot = this.#limiter.acquire(invalid ? "" : key, prefix, clock.now());
    if ("exceeded" in slot) return this.#refuseAtLimit(slot);
    let isHeld = true;
    const onClosed = () => {
      if (isHeld) this.#limiter.release(slot, clock.now());
      isHeld = false;
    };
    const favored = url?.searchParams.has("favored") ?? false;
    const admit = ({ membersMax }: Grant): UpgradeDecision => ({
      type: "admit",
      // Clients expect a close code for an invalid URL or key, and no HTTP status.
      accept: (channel) =>
        invalid
          ? rejectChannel(channel, invalid)
          : this.#accept(channel, { ...slot, favored, membersMax }),
      onClosed,
    });
    if (url === undefined || isOwn || this.#authorize === undefined) return admit({});
    const text = address && formatAddress(address);
    return this.#authorize({ key, url, origin, address: text }).then((result) => {
      if (!("type" in result)) return admit(result);
      onClosed();
      return result;
    });
  }

  #refuseAtLimit({ exceeded, waitMs }: LimitReached): Refusal {
    this.#parts.metrics.limitExceeded(exceeded);
    if (exceeded === "sockets" || exceeded === "group_sockets") {
      const name = exceeded === "sockets" ? "server" : "group";
      return refuse(503, `Unavailable: the ${name} is full`, SIGVER_RETRY_AFTER_S);
    }
    const retryAfterS = waitMs === undefined ? SIGVER_RETRY_AFTER_S : Math.ceil(waitMs / 1_000);
    return refuse(429, "Too many requests: the limit of this address is reached", retryAfterS);
  }

  #addressOf({ remote, forwardedFor }: UpgradeRequest): Address | undefined {
    if (remote === undefined) {
      this.#warnOnce("no_addresses", "the handler gets no addresses: no limits by address apply");
      return undefined;
    }
    const { trusted } = this.#parts.settings;
    const { address, isProxied } = clientAddress(remote, forwardedFor, trusted);
    if (forwardedFor !== undefined && !isProxied) {
      const reason = "X-Forwarded-For came from an address that is not trusted";
      this.#warnOnce("proxy_not_trusted", reason);
    }
    return address;
  }

  #warnOnce(event: string, reason: string): void {
    if (this.#warned.has(event)) return;
    this.#warned.add(event);
    this.#parts.log.write("warn", event, { reason });
  }
}
